"""A real worker gives a new picture its verdict, and customers then see it. `-s` prints how long that took."""

import csv
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

from shop import devdb
from tests.shop.test_crash import Shop

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("crash")]
PICTURES = "SELECT count(*) FROM catalog_productimage"
VERDICTS = "SELECT count(*) FROM visualsearch_verdict"
PUBLIC = f"{PICTURES} WHERE is_public"
TIMEOUT = 120  # seconds


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An empty moderated shop with a worker."""
    var = tmp_path / "var"
    changed = {"DATA_DIR": str(var), "MEDIA_ROOT": str(tmp_path / "media"), "CELERY_BROKER_URL": "pgmq://localhost",
               "DATABASE_URL": "", "MODERATION": "hold"}  # fmt: skip
    shop = Shop(devdb.locate(var), {**os.environ, **changed})
    try:
        shop.manage("migrate")
        shop.start_worker()
        yield shop
    finally:
        shop.kill_worker()
        devdb.stop(shop.place)
        shutil.rmtree(shop.place.root, ignore_errors=True)


def write_product(folder: Path, number: int) -> Path:
    """Write a catalogue of one product with a picture of many colours."""
    blocks = np.random.default_rng(number).integers(0, 255, (8, 8, 3), np.uint8)
    Image.fromarray(blocks).resize((800, 800)).save(folder / f"{number}.jpg")
    file = folder / f"{number}.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["product", "title", "category", "status", "sku", "price", "stock", "images"])
        name = f"Product {number}"
        writer.writerow([f"p{number}", name, "Things", "published", f"S-{number}", "1.00", "1", f"{number}.jpg"])
    return file


def seconds_to_verdict(shop: Shop, folder: Path, number: int) -> float:
    """Import a picture, and return the seconds from its commit until customers may see it."""
    file = str(write_product(folder, number))
    command = [sys.executable, "manage.py", "import_catalog", file, "--images", str(folder)]
    importing = subprocess.Popen(command, cwd=settings.BASE_DIR, env=shop.environment, stdout=subprocess.DEVNULL)
    started, stored_at = time.monotonic(), 0.0
    while shop.ask(PUBLIC) < number:
        assert time.monotonic() - started < TIMEOUT, "the picture got no verdict"
        if not stored_at and shop.ask(PICTURES) == number:
            stored_at = time.monotonic()
        time.sleep(0.01)
    taken = time.monotonic() - (stored_at or time.monotonic())
    assert importing.wait(TIMEOUT) == 0
    return taken


def test_a_worker_gives_a_picture_its_verdict_before_customers_see_it(shop: Shop, tmp_path: Path) -> None:
    taken = [seconds_to_verdict(shop, tmp_path, number) for number in (1, 2, 3, 4)]
    assert shop.ask(VERDICTS) == shop.ask(PUBLIC) == 4
    sys.stdout.write(f"Seconds from upload to verdict: {', '.join(f'{each:.2f}' for each in taken)}\n")
