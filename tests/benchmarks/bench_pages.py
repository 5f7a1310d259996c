"""Server time of a category page with 24 cards and all filters, warm, and with cards that no page has shown before.

python -m tests.benchmarks.bench_pages [--rows 9583] [--rounds 15] [--against FOLDER]

`--against` names a second checkout, such as one of the last release. The two take turns in separate processes, each
with its own code and database. Processor time is the Python process's alone.
"""

import argparse
import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from tests.benchmarks import turns
from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The imports above prepare the settings that the imports below read.

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.feed.importer import import_catalog
from tests.catalog.feed.feeds import long_feed

PAGE_SIZE = 24
CALLS = 20  # per round
PICTURES = """
INSERT INTO catalog_productimage (product_id, file, alt, position, width, height, sha256, rendition_widths,
                                  rendition_attempts, rendition_error)
SELECT id, 'products/' || slug || '.jpg', title, 0, 1280, 960, md5(slug) || md5(slug), '{160,320,640,1280}', 0, ''
FROM catalog_product
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=9_583)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    if options.serve:
        with scratch_database(f"bench_pages_{os.getpid()}"):
            turns.answer_turns(prepare(options.rows))
        return
    checkouts = {"this": Path(settings.BASE_DIR)} | ({"other": options.against} if options.against else {})
    workers = {name: start(folder, options.rows) for name, folder in checkouts.items()}
    rounds: dict[str, list[turns.Round]] = {name: [] for name in workers}
    for _ in range(options.rounds):
        for name, worker in workers.items():
            rounds[name].append(turns.ask(worker))
    for worker in workers.values():
        worker.communicate()
    show(rounds, options.rows)


def show(rounds: dict[str, list[turns.Round]], rows: int) -> None:
    lines = []
    for name, answers in rounds.items():
        for measure in answers[0]:
            values = [answer[measure] for answer in answers]
            lines.append([name, measure, float(median(values)), min(values), max(values)])
    table(f"A category page of {rows:,} products, ms", ["checkout", "measure", "median", "best", "worst"], lines)


def start(folder: Path, rows: int) -> "subprocess.Popen[str]":
    """Run this benchmark with the code of another checkout, which may not contain it yet."""
    command = [sys.executable, str(Path(__file__).resolve()), "--serve", "--rows", str(rows)]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def prepare(rows: int) -> Callable[[], turns.Round]:
    """Fill a shop whose products have pictures, without files. Return a function that opens its pages."""
    feed = Path(settings.MEDIA_ROOT) / "feed.csv"
    long_feed(feed, rows)
    import_catalog(feed, None, timezone.now(), lambda *_problem: None)
    with connection.cursor() as cursor:
        cursor.execute(PICTURES)
        cursor.execute("ANALYZE")
    client = Client()
    first_pages = itertools.cycle(range(2, rows // PAGE_SIZE))
    opened(client, "/products/?category=top-3")

    def measure() -> turns.Round:
        warm = [opened(client, "/products/?category=top-3") for _ in range(CALLS)]
        fresh = [opened(client, f"/products/?page={next(first_pages)}") for _ in range(CALLS)]
        return {
            "warm": median(wall for wall, _processor in warm),
            "warm, Python": median(processor for _wall, processor in warm),
            "new cards": median(wall for wall, _processor in fresh),
            "new cards, Python": median(processor for _wall, processor in fresh),
        }

    return measure


def opened(client: Client, address: str) -> tuple[float, float]:
    """Return milliseconds of wall and processor time."""
    wall, processor = perf_counter(), process_time()
    response = client.get(address)
    times = 1000 * (perf_counter() - wall), 1000 * (process_time() - processor)
    if response.status_code != 200:
        raise SystemExit(f"{address} answered {response.status_code}.")
    return times


if __name__ == "__main__":
    main()
