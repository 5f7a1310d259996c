"""Suggestions while a customer types, in a long feed: milliseconds in SQL for every keystroke.

python -m tests.benchmarks.bench_typing [--rows 100000] [--times 3]
"""

import argparse
import random
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The import above configures Django for those below.

import numpy as np
from django.db import connection
from django.utils import timezone

from catalog.feed.importer import import_catalog
from catalog.models import Product, SearchTally
from catalog.search import suggest
from tests.catalog.feed.feeds import long_feed

# All products have “thing”, “wood” and, in the description only, “kitchen”; the others are rarer or misspelled.
TYPED = [
    "thing of wood", "wood", "thing 77", "brand 4", "kitchen", "below 3", "T-4242", "T-99", "thnig 31", "zeppelin",
    "brand 7 thing 4", "garden", "to", "handmade",
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with scratch_database("bench_semblance_typing"), TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.csv"
        long_feed(feed, options.rows)
        import_catalog(feed, None, timezone.now(), print)
        count_searches()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        measure(options.times)


def count_searches() -> None:
    """Count a year of searches, as many different ones a day as the shop keeps."""
    rng, today = random.Random(1), timezone.localdate()
    for ago in range(366):
        texts = {f"{rng.choice(TYPED)} {rng.randrange(2000)}" for _ in range(1000)} | {"thing of wood", "wood"}
        SearchTally.objects.bulk_create(
            SearchTally(day=today - timedelta(ago), kind="words", words=text[:80], searches=3, unanswered=0)
            for text in sorted(texts)
        )


def measure(times: int) -> None:
    """Type every text, letter by letter."""
    everything, rows = [], []
    suggest(Product.objects.visible(timezone.now()), "warm up")
    for text in TYPED:
        keystrokes = [text[:length] for length in range(2, len(text) + 1) for _ in range(times)]
        measured = [keystroke(each) for each in keystrokes]
        everything += measured
        rows.append([text, *summary(measured)])
    columns = ["typed", "statements", "p50 ms", "p95 ms", "CPU p50 ms", "CPU p95 ms"]
    title = f"SQL of suggestions for {Product.objects.count():,} products, {times} times each keystroke"
    table(title, columns, [*rows, ["all", *summary(everything)]])


def summary(measured: list[tuple[float, float, int]]) -> list[object]:
    wall, cpu, statements = zip(*measured, strict=True)
    times = [round(float(np.percentile(each, at)), 1) for each in (wall, cpu) for at in (50, 95)]
    return [max(statements), *times]


def keystroke(text: str) -> tuple[float, float, int]:
    """Return the milliseconds in SQL, those of the database's CPU, and the number of statements."""
    spent: list[float] = []

    def timed(execute: Any, sql: str, params: object, many: bool, context: object) -> object:
        started = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(1000 * (perf_counter() - started))

    before = database_cpu()
    with connection.execute_wrapper(timed):
        suggest(Product.objects.visible(timezone.now()), text)
    return sum(spent), database_cpu() - before, len(spent)


def database_cpu() -> float:
    """Return the milliseconds of CPU that this connection's server process has used: also on a busy machine."""
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


if __name__ == "__main__":
    main()
