"""Vector search: index against exact, with and without filters; and the time of each part of a photo search.

python -m tests.benchmarks.bench_search [--sizes 20000 100000] [--queries 500] [--photos 100]
"""

import argparse
import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The import above configures Django for those below.

import numpy as np
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.models import Product
from catalog.pictures.checking import open_picture
from tests.visualsearch.many import clustered, stock_the_shop
from visualsearch import search
from visualsearch.embedding.data_uris import jpeg_uri
from visualsearch.embedding.preprocess import to_input
from visualsearch.networks import hnsw, loading, serving
from visualsearch.photo import THUMBNAIL_SIDE, Photo, PhotoEmbedding

DEMO = Path(settings.BASE_DIR) / "demo"
AT = 20
EFFORTS = {
    "exact": search.Effort(exact_up_to=search.EVERYTHING),
    "index, ef 100": search.Effort(exact_up_to=0, ef_search=100),
    "index, ef 200": search.Effort(exact_up_to=0, ef_search=200),
    "index, ef 400": search.Effort(exact_up_to=0, ef_search=400),
    "as the shop does": search.DEFAULT_EFFORT,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[20_000])
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--photos", type=int, default=100)
    options = parser.parse_args()
    for size in options.sizes:
        with scratch_database("bench_semblance"):
            measure_index(size, options.queries)
    if (DEMO / "photos").is_dir() and options.photos:
        with scratch_database("bench_semblance"):
            measure_photo_search(options.photos)


def measure_index(size: int, queries: int) -> None:
    """Measure recall at 20 products against the exact plan, and the time of a query."""
    network = serving.live()
    stock_the_shop(network, clustered(size))
    started = perf_counter()
    hnsw.build(network)
    built = perf_counter() - started
    wanted = clustered(queries, seed=2)
    for share in (1.0, 0.1, 0.01):
        products = Product.objects.visible(timezone.now()).priced(at_most=Decimal(int(size / 2 * share)))
        rows, truth = [], None
        for label, effort in EFFORTS.items():
            milliseconds, found = [], []
            for vector in wanted:
                started = perf_counter()
                hits = search.photo_hits(PhotoEmbedding(vector, network), products, AT, effort)
                milliseconds.append(1000 * (perf_counter() - started))
                found.append({hit.product_id for hit in search.best_per_product(hits)[:AT]})
            truth = truth or found
            recalls = [len(ours & best) / len(best) for ours, best in zip(found, truth, strict=True)]
            rows.append([label, *percentiles(milliseconds), float(np.mean(recalls)), min(recalls)])
        title = f"{size:,} pictures, filter keeps {share:.0%}, {queries} queries; index built in {built:.0f} s"
        table(title, ["plan", "p50 ms", "p95 ms", f"recall@{AT} mean", "worst"], rows)


def measure_photo_search(count: int) -> None:
    """Time the search page of the demo shop in one warm process, and each part of it."""
    call_command("import_catalog", str(DEMO / "catalog.csv"), "--images", str(DEMO / "images"), verbosity=0)
    call_command("embed_images")
    paths = sorted((DEMO / "photos").glob("*.jpg"))
    photos = [path.read_bytes() for path in itertools.islice(itertools.cycle(paths), count)]
    embedder, client = loading.embedder(serving.live()), Client()
    inputs = [embedder.prepare(photo)[None] for photo in photos]

    queries: list[float] = []

    def timed_execute(execute: Callable[..., Any], *arguments: Any) -> Any:
        started = perf_counter()
        try:
            return execute(*arguments)
        finally:
            queries[-1] += 1000 * (perf_counter() - started)

    def page(photo: bytes) -> Any:
        queries.append(0.0)
        with connection.execute_wrapper(timed_execute):
            return client.post("/search/photo/", {"photo": SimpleUploadedFile("photo.jpg", photo, "image/jpeg")})

    assert page(photos[0]).status_code == 200
    network = serving.live()
    decoded = [Photo.decode(open_picture(photo), network) for photo in photos]
    parts = {
        "read the header": timed(open_picture, photos),
        "decode": timed(lambda photo: Photo.decode(open_picture(photo), network), photos),
        "crop, resize, normalise": timed(lambda photo: to_input(photo.image, embedder.card), decoded),
        f"network ({embedder.runtime.name})": timed(embedder.runtime.run, inputs),
        "thumbnail": timed(lambda photo: jpeg_uri(photo.shrunk(THUMBNAIL_SIDE)), decoded),
    }
    whole = timed(page, photos)
    parts["SQL, all statements"] = queries[-count:]
    parts["forms, rows to objects, template"] = [
        max(0.0, total - sum(each)) for total, *each in zip(whole, *parts.values(), strict=True)
    ]
    p50 = percentiles(whole)[0]
    rows = [[label, *percentiles(each), percentiles(each)[0] / p50] for label, each in parts.items()]
    sizes = percentiles([len(photo) / 1024 for photo in photos])
    title = f"Photo search page, {count} photos of {sizes[0]:.0f} KB (p50), {connection.vendor}, one warm process"
    table(title, ["part", "p50 ms", "p95 ms", "share"], [*rows, ["the whole page", *percentiles(whole), 1.0]])


def timed(work: Callable[[Any], Any], inputs: list[Any]) -> list[float]:
    """Return the milliseconds of the work on each input, after a warm-up run."""
    work(inputs[0])
    milliseconds = []
    for each in inputs:
        started = perf_counter()
        work(each)
        milliseconds.append(1000 * (perf_counter() - started))
    return milliseconds


def percentiles(values: list[float]) -> list[float]:
    return [float(np.percentile(values, 50)), float(np.percentile(values, 95))]


if __name__ == "__main__":
    main()
