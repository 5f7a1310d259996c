"""A picture that kills its worker: the rest of its batch completes, and the picture is listed for staff."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psycopg
import pytest
from django.conf import settings
from PIL import Image

from shop import devdb
from shop.management.commands.up import worker_command

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killer picture")]

PRODUCTS = 12
KILLER = 5  # number of the product with the killer picture
SAME_BYTES = 3  # more products with that picture
TIMEOUT = 60  # seconds
EMBEDDED = "SELECT count(*) FROM visualsearch_imageembedding WHERE vector IS NOT NULL"
RENDERED = "SELECT count(*) FROM catalog_productimage WHERE rendition_widths <> '{}'"
FAILED = """
SELECT count(*) FROM visualsearch_imageembedding
WHERE vector IS NULL AND attempts = 3 AND error LIKE 'The process%%'
"""
NOT_RENDERED = """
SELECT count(*) FROM catalog_productimage
WHERE rendition_attempts = 3 AND rendition_error LIKE 'The process%%'
"""
BYTES = """
SELECT sha256 FROM catalog_productimage AS picture JOIN catalog_product AS product ON product.id = picture.product_id
WHERE slug = %s
"""
RETRY = """
from catalog.pictures.services import retry_renditions
from catalog.models import ProductImage
from catalog.tasks import sweep_renditions
from visualsearch import index, tasks
from visualsearch.models import ImageEmbedding
retry_renditions(ProductImage.objects.all())
sweep_renditions.delay()
tasks.publish(index.retry(ImageEmbedding.objects.all()))
"""
TIMETABLE = """
import time
from catalog.tasks import sweep_renditions
from visualsearch.tasks import sweep_embeddings
while True:
    sweep_embeddings.delay()
    sweep_renditions.delay()
    time.sleep(3)
"""  # as the scheduler does each minute


@dataclass
class Shop:
    """A shop in its own folder, with a worker and a timetable."""

    place: devdb.Place
    environment: dict[str, str]
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=self.environment, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()

    def start(self, *command: str) -> None:
        self.processes.append(
            subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.environment, start_new_session=True)
        )

    def count(self, query: str) -> int:
        with psycopg.connect(devdb.conninfo(self.place)) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def wait_for(self, query: str, count: int, seconds: int = TIMEOUT) -> None:
        deadline = time.monotonic() + seconds
        while (found := self.count(query)) < count:
            assert time.monotonic() < deadline, f"{found} of {count} after {seconds} s: {query}"
            time.sleep(0.2)

    def stop(self) -> None:
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        devdb.stop(self.place)
        shutil.rmtree(self.place.root, ignore_errors=True)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    var = tmp_path / "var"
    changed = {"DATA_DIR": str(var), "MEDIA_ROOT": str(tmp_path / "media"), "CELERY_BROKER_URL": "pgmq://localhost",
               "DATABASE_URL": "", "VISUALSEARCH_THREADS": "1", "KILLER": str(tmp_path / "killer"),
               "STORAGE_BACKEND": "tests.faults.killing_storage.KillingStorage"}  # fmt: skip
    shop = Shop(devdb.locate(var), {**os.environ, **changed})
    try:
        shop.manage("migrate")
        shop.manage("import_catalog", str(write_catalogue(tmp_path)), "--images", str(tmp_path))
        yield shop
    finally:
        shop.stop()


def write_catalogue(folder: Path) -> Path:
    noise = np.random.default_rng(1)
    file = folder / "catalog.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["product", "title", "category", "status", "sku", "price", "stock", "images", "image_alts"])
        for number in range(PRODUCTS + SAME_BYTES):
            name = f"{number if number < PRODUCTS else KILLER}.jpg"
            if number < PRODUCTS:
                pixels = noise.integers(0, 255, (8, 8, 3), np.uint8)
                Image.fromarray(pixels).resize((200, 200)).save(folder / name)
            row = [f"p{number}", f"Product {number}", "Things", "published", f"S-{number}", "1.00", "1", name, "noise"]
            writer.writerow(row)
    return file


def test_the_batch_of_a_killer_picture_completes_and_the_picture_is_listed(shop: Shop, tmp_path: Path) -> None:
    with psycopg.connect(devdb.conninfo(shop.place)) as connection:
        (sha256,) = connection.execute(BYTES, [f"p{KILLER}"]).fetchone() or ("",)
    (tmp_path / "killer").write_text(sha256)
    shop.start(*worker_command("embeddings,pictures", 2))
    shop.start(sys.executable, "manage.py", "shell", "-c", TIMETABLE)

    shop.wait_for(EMBEDDED, PRODUCTS - 1)
    shop.wait_for(RENDERED, PRODUCTS - 1)
    shop.wait_for(FAILED, 1 + SAME_BYTES, 150)
    shop.wait_for(NOT_RENDERED, 1 + SAME_BYTES, 150)

    (tmp_path / "killer").unlink()  # harmless from now on: staff retry it
    shop.manage("shell", "-c", RETRY)
    shop.wait_for(EMBEDDED, PRODUCTS + SAME_BYTES)
    shop.wait_for(RENDERED, PRODUCTS + SAME_BYTES)
