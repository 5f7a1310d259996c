"""Server time of a whole photo search: a 12-megapixel JPEG sent to the page and to the API, with the real network.

python -m tests.benchmarks.bench_photo_search [--rounds 20] [--against FOLDER]

`--against` names a second checkout, such as one of the last release. The two take turns in separate processes, each
with its own code, database and copy of the catalogue. Only the request is timed: the body is encoded beforehand.
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
from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The imports above prepare the settings that the imports below read.

import numpy as np
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from catalog.models import ProductImage
from catalog.tasks import make_renditions

DEMO = Path(settings.BASE_DIR) / "demo"
ROWS = 80  # of the demo's catalogue
SIZE = (4032, 3024)
PATHS = {"page": "/search/photo/", "API": "/api/v1/search/photo/"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    if options.serve:
        with scratch_database(f"bench_photo_{os.getpid()}"):
            turns.answer_turns(prepare())
        return
    checkouts = {"this": Path(settings.BASE_DIR)} | ({"other": options.against} if options.against else {})
    workers = {name: start(folder) for name, folder in checkouts.items()}
    rounds: dict[str, list[turns.Round]] = {name: [] for name in workers}
    for _ in range(options.rounds):
        for name, worker in workers.items():
            rounds[name].append(turns.ask(worker))
    for worker in workers.values():
        worker.communicate()
    show(rounds)


def show(rounds: dict[str, list[turns.Round]]) -> None:
    rows = []
    for name, answers in rounds.items():
        for path in PATHS:
            times = sorted(answer[path] for answer in answers)
            processor = median(answer[f"{path} CPU"] for answer in answers)
            rows.append([name, path, median(times), times[0], times[-1], processor])
    table("12-megapixel JPEG, ms", ["checkout", "path", "median", "best", "worst", "CPU median"], rows)


def start(folder: Path) -> "subprocess.Popen[str]":
    """Run this benchmark with the code of another checkout, which may not contain it yet."""
    command = [sys.executable, str(Path(__file__).resolve()), "--serve"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def prepare() -> Callable[[], turns.Round]:
    """Fill a small shop. Return a warmed-up function that searches it once by page and once by API."""
    with (DEMO / "catalog.csv").open(encoding="utf-8") as file:
        lines = [next(file) for _ in range(ROWS)]
    catalogue = Path(settings.MEDIA_ROOT) / "catalog.csv"
    catalogue.write_text("".join(lines), encoding="utf-8")
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        call_command("import_catalog", str(catalogue), "--images", str(DEMO / "images"), verbosity=0, stdout=nowhere)
        call_command("embed_images", stdout=nowhere)
    make_renditions(list(ProductImage.objects.values_list("pk", flat=True)))
    client, body = Client(), encode_multipart(BOUNDARY, {"photo": photo()})

    def search() -> turns.Round:
        times = {}
        for path, address in PATHS.items():
            started, worked = perf_counter(), process_time()
            response: Any = client.generic("POST", address, body, MULTIPART_CONTENT)
            times[path] = 1000 * (perf_counter() - started)
            times[f"{path} CPU"] = 1000 * (process_time() - worked)
            assert response.status_code == 200, response.content[:500]
        return times

    for _ in range(3):
        search()
    return search


def photo() -> BytesIO:
    """Return a demo photo with the size and noise of a phone photo."""
    small = Image.open(DEMO / "photos" / "01.jpg").convert("RGB")
    pixels = np.asarray(small.resize(SIZE, Image.Resampling.BICUBIC), dtype=np.int16)
    noise = np.random.default_rng(0).normal(0, 6, pixels.shape[:2])[..., None].astype(np.int16)
    file = BytesIO()
    Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    file.name = "photo.jpg"
    file.seek(0)
    return file


if __name__ == "__main__":
    main()
