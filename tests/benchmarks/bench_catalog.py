"""Import a long feed, and open the pages of the resulting shop.

python -m tests.benchmarks.bench_catalog [--rows 100000] [--times 20] [--keep]

With --keep the database stays, and the next run measures the searches in it without importing again.
"""

import argparse
import resource
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The import above configures Django for those below.

import numpy as np
import psutil
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.feed.importer import import_catalog
from catalog.models import Product
from catalog.tasks import count_words
from tests.catalog.feed.feeds import long_feed

PAGES = [
    "/",
    "/products/",
    "/products/?page=2000",
    "/products/?sort=price",
    "/products/?sort=-price",
    "/products/?category=top-3",
    "/products/?category=top-3&colour=colour-5&min_price=20",
    "/products/thing-777/",
    "/search/?q=wood",
    "/search/?q=handmade wood 31",
    "/search/?q=T-4242",
    "/search/?q=wodo",
    "/api/v1/search/suggest/?q=th",
]

# Words that all products have, words that some have, with filters and without.
SEARCHES = [
    "wood", "wood&colour=colour-5", "wood&category=top-3&min_price=20", "handmade", "handmade wood 31", "thing 31",
    "wood brand 7", "brand 7", "below 3 wood", "colour 7", "colour 7&in_stock=true", "thing 500", "T-4242", "wodo",
    "garden wood", "kitchen 12", "brand 12 colour 3", "wood under 20", "wood not brand 7", "thing&sort=price",
]  # fmt: skip


def main() -> None:
    """Import the feed twice, then open every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    with scratch_database("bench_semblance_catalog", keep=options.keep), TemporaryDirectory() as folder:
        if Product.objects.exists():
            show_searches(options.times)
            return
        feed = Path(folder) / "feed.csv"
        long_feed(feed, options.rows)
        runs = [run_import(feed, name) for name in ("into an empty shop", "the same again")]
        columns = ["import", "wall s", "CPU s, Python", "CPU s, database", "peak MB"]
        table(f"{options.rows:,} rows of one variant each", columns, runs)
        count_words()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        title = f"Pages of {options.rows:,} products, {options.times} times each, counts cached after the first"
        table(
            title,
            ["page", "queries", "first ms", "p50 ms", "p95 ms"],
            [open_page(page, options.times) for page in PAGES],
        )
        show_searches(options.times)


def show_searches(times: int) -> None:
    """Print the time of the SQL of searches, counts of facets included, without any cache."""
    measured = {words: [sql_of(f"/search/?q={words}") for _ in range(times)] for words in SEARCHES}
    rows: list[list[object]] = [[words, *percentiles(found)] for words, found in measured.items()]
    every = [each for found in measured.values() for each in found]
    table(
        "Searches with facets, without a cache",
        ["search", "SQL p50 ms", "p95 ms", "page p50 ms", "p95 ms"],
        [*rows, ["all", *percentiles(every)]],
    )


def percentiles(measured: list[tuple[float, float]]) -> list[object]:
    return [round(float(np.percentile(column, at))) for column in zip(*measured, strict=True) for at in (50, 95)]


def sql_of(page: str) -> tuple[float, float]:
    """Open a page without cached counts; return the time of its SQL and the whole time, in milliseconds."""
    seconds = 0.0

    def timing(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal seconds
        started = perf_counter()
        try:
            return execute(*arguments)
        finally:
            seconds += perf_counter() - started

    caches["local"].clear()
    with connection.execute_wrapper(timing):
        whole = timed(Client(), page)
    return 1000 * seconds, whole


def run_import(feed: Path, name: str) -> list[object]:
    """Import once; return wall time, CPU time of Python and database, and Python's peak memory."""
    connection.ensure_connection()
    backend = psutil.Process(connection.connection.info.backend_pid)
    wall, python, database = perf_counter(), process_time(), sum(backend.cpu_times()[:2])
    import_catalog(feed, None, timezone.now(), print)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds = [perf_counter() - wall, process_time() - python, sum(backend.cpu_times()[:2]) - database]
    return [name, *(round(each, 1) for each in seconds), peak]


def open_page(page: str, times: int) -> list[object]:
    """Open one page; return its queries and time with an empty cache, and percentiles of later times."""
    client = Client()
    client.get("/products/thing-1/")  # loads the templates
    caches["local"].clear()
    milliseconds = []
    with CaptureQueriesContext(connection) as first:
        milliseconds.append(timed(client, page))
    queries = len(first)  # the next request clears them
    milliseconds += [timed(client, page) for _ in range(times)]
    rest = milliseconds[1:]
    return [page, queries, round(milliseconds[0]), *(round(float(np.percentile(rest, at))) for at in (50, 95))]


def timed(client: Client, page: str) -> float:
    started = perf_counter()
    response = client.get(page)
    if response.status_code != 200:
        raise SystemExit(f"{page} answered {response.status_code}.")
    return 1000 * (perf_counter() - started)


if __name__ == "__main__":
    main()
