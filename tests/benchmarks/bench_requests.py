"""Pages of a filled shop, the results of photos among them: wall time, and processor time of Python and the database.

python -m tests.benchmarks.bench_requests PHOTOS [--rounds 15] [--against FOLDER]

The shop is that of DATABASE_URL or of the embedded database; requests count searches in it. PHOTOS is a folder of
pictures to search with. `--against` names a second checkout with the same migrations. The two take turns in separate
processes, on one database. Processor time of Python includes the threads of the network.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from tests.benchmarks import turns
from tests.benchmarks.scratch import table

# isort: split
# The imports above prepare the settings that the imports below read.

import numpy as np
import psutil
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from catalog.models import Category, Product

PHOTOS = 12  # per round
CALLS = 6  # of every other page, per round


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--against", type=lambda text: Path(text).resolve())
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    if options.serve:
        turns.answer_turns(prepare(options.photos))
        return
    checkouts = {"this": Path(settings.BASE_DIR)} | ({"other": options.against} if options.against else {})
    workers = {name: start(folder, options.photos.resolve()) for name, folder in checkouts.items()}
    rounds: dict[str, list[dict[str, list[list[float]]]]] = {name: [] for name in workers}
    for _ in range(options.rounds):
        for name, worker in workers.items():
            rounds[name].append(turns.ask(worker))
    for worker in workers.values():
        worker.communicate()
    show(rounds)


def show(rounds: dict[str, list[dict[str, list[list[float]]]]]) -> None:
    """Print percentiles of the wall time, and means of processor time, which has steps of 10 ms in the database."""
    rows = []
    for page in next(iter(rounds.values()))[0]:
        for name, answers in rounds.items():
            calls = np.array([call for answer in answers for call in answer[page]])
            wall = [round(float(np.percentile(calls[:, 0], at)), 1) for at in (5, 50, 95)]
            processor = [round(float(each), 1) for each in calls[:, 1:].mean(axis=0)]
            rows.append([page, name, *wall, *processor, round(median(calls[:, 1]), 1)])
    columns = ["page", "checkout", "wall p5", "p50", "p95", "Python CPU", "database CPU", "Python p50"]
    table("Pages of a filled shop, ms", columns, rows)


def start(folder: Path, photos: Path) -> "subprocess.Popen[str]":
    """Run this benchmark with the code of another checkout, which may not contain it yet."""
    command = [sys.executable, str(Path(__file__).resolve()), str(photos), "--serve"]
    environment = os.environ | {"PYTHONPATH": str(folder), "DATA_DIR": str(settings.DATA_DIR)}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def prepare(folder: Path) -> Callable[[], Any]:
    """Return a function that opens every page in a warm process."""
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["testserver"]
    client, bodies = Client(), [body(path) for path in chosen(folder)]
    backend = psutil.Process(_backend())
    pages = addresses()

    def measure(page: Callable[[], Any]) -> list[float]:
        wall, python, database = perf_counter(), process_time(), sum(backend.cpu_times()[:2])
        response = page()
        times = [perf_counter() - wall, process_time() - python, sum(backend.cpu_times()[:2]) - database]
        if response.status_code != 200:
            raise SystemExit(f"{response.request['PATH_INFO']} answered {response.status_code}.")
        return [1000 * each for each in times]

    def search(encoded: bytes) -> Any:
        return client.generic("POST", "/search/photo/", encoded, MULTIPART_CONTENT)

    def measure_all() -> dict[str, list[list[float]]]:
        found = {name: [measure(lambda: client.get(page)) for _ in range(CALLS)] for name, page in pages.items()}  # noqa: B023
        return found | {"photo": [measure(lambda: search(encoded)) for encoded in bodies]}  # noqa: B023

    for _ in range(2):
        measure_all()
    return measure_all


def addresses() -> dict[str, str]:
    visible = Product.objects.visible(timezone.now())
    counted = visible.order_by().values("category").annotate(number=Count("pk")).order_by("-number")
    category = Category.objects.get(pk=counted[0]["category"])
    return {
        "home": "/",
        "all products": "/products/",
        "category": f"/products/?category={category.slug}",
        "product": f"/products/{visible.filter(category=category).order_by('pk')[0].slug}/",
        "words": f"/search/?q={category.name}",
    }


def chosen(folder: Path) -> list[Path]:
    """Return PHOTOS pictures, evenly spread over the folder."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return files[:: max(1, len(files) // PHOTOS)][:PHOTOS]


def body(path: Path) -> bytes:
    file = BytesIO(path.read_bytes())
    file.name = path.name
    return encode_multipart(BOUNDARY, {"photo": file})


def _backend() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


if __name__ == "__main__":
    main()
