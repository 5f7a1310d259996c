"""A complete shop whose processes are killed with SIGKILL while it embeds pictures."""

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

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("crash")]

PRODUCTS = 120
DONE = "SELECT count(*) FROM visualsearch_imageembedding WHERE vector IS NOT NULL"


@dataclass
class Shop:
    """A complete shop in its own folder, with processes that can be killed."""

    place: devdb.Place
    environment: dict[str, str]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=settings.BASE_DIR, env=self.environment, check=True, capture_output=True)

    def start_worker(self) -> None:
        command = worker_command("embeddings", 2)
        self.workers.append(
            subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.environment, start_new_session=True)
        )

    def kill_worker(self) -> None:
        for worker in self.workers:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        self.workers.clear()

    def kill_database(self) -> None:
        pid = int((self.place.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)

    def ask(self, query: str) -> int:
        with psycopg.connect(devdb.conninfo(self.place)) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def wait_for_embeddings(self, count: int, seconds: int = 90) -> None:
        deadline = time.monotonic() + seconds
        while (found := self.ask(DONE)) < count:
            assert time.monotonic() < deadline, f"{found} of {count} pictures embedded after {seconds} s"
            time.sleep(0.1)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    var = tmp_path / "var"
    changed = {"DATA_DIR": str(var), "MEDIA_ROOT": str(tmp_path / "media"), "CELERY_BROKER_URL": "pgmq://localhost",
               "VISUALSEARCH_BATCH": "4", "DATABASE_URL": ""}  # fmt: skip
    shop = Shop(devdb.locate(var), {**os.environ, **changed})
    try:
        shop.manage("migrate")
        shop.manage("import_catalog", str(write_catalogue(tmp_path)), "--images", str(tmp_path))
        yield shop
    finally:
        shop.kill_worker()
        devdb.stop(shop.place)
        shutil.rmtree(shop.place.root, ignore_errors=True)


def write_catalogue(folder: Path) -> Path:
    """Create a catalogue of distinct pictures."""
    noise = np.random.default_rng(1)
    file = folder / "catalog.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["product", "title", "category", "status", "sku", "price", "stock", "images", "image_alts"])
        for number in range(PRODUCTS):
            name = f"{number}.jpg"
            Image.fromarray(noise.integers(0, 255, (8, 8, 3), np.uint8)).resize((200, 200)).save(folder / name)
            row = [f"p{number}", f"Product {number}", "Things", "published", f"S-{number}", "1.00", "1", name, "noise"]
            writer.writerow(row)
    return file


def test_every_picture_gets_exactly_one_vector_despite_kills(shop: Shop) -> None:
    assert shop.ask("SELECT count(*) FROM catalog_productimage") == PRODUCTS
    assert shop.ask(DONE) == 0

    shop.start_worker()
    shop.wait_for_embeddings(4)
    shop.kill_worker()
    after_worker = shop.ask(DONE)
    assert after_worker < PRODUCTS, "the worker was killed too late to test anything"

    shop.start_worker()
    shop.wait_for_embeddings(after_worker + 4)
    shop.kill_database()
    shop.manage("db", "start")
    after_database = shop.ask(DONE)
    assert after_database < PRODUCTS, "the database was killed too late to test anything"

    shop.wait_for_embeddings(after_database + 4)
    shop.kill_database()
    shop.kill_worker()
    shop.manage("db", "start")
    shop.start_worker()
    shop.wait_for_embeddings(PRODUCTS)

    rows = "SELECT count(*) FROM visualsearch_imageembedding"
    pairs = "SELECT count(DISTINCT (image_id, network_id)) FROM visualsearch_imageembedding"
    assert shop.ask(rows) == shop.ask(pairs) == PRODUCTS
