"""How many refused pictures and copies are found again in disguise, how many others are suspected, and what it costs.

python -m tests.benchmarks.bench_seen FOLDER … [--refused 100] [--goods 1500] [--copies 3000] [--show 20]

FOLDER holds pictures of goods, each of another product. The demo's pictures are added, with their families. Of the
pictures, `--refused` are refused and then uploaded in ten disguises each; `--goods` others and the demo's are uploaded
as they are. Then `--copies` pictures are in the shop, and the disguises are uploaded for other products. The defaults
are a sample; 300, 5000 and 10000 take long. Shares have their interval of 95 %.
"""

import argparse
import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from random import Random
from time import process_time

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The imports above prepare the settings that the imports below read.

import numpy as np
from django.conf import settings
from django.utils import timezone

from catalog.models import Category, Product, ProductImage
from tests.visualsearch.moderation.disguises import ten
from visualsearch.embedding.preprocess import decode
from visualsearch.models import ImageEmbedding, Network, Reason, RefusedPicture, RefusedVector
from visualsearch.moderation import copies, memory, seen
from visualsearch.moderation.appearance import write_prints
from visualsearch.moderation.finding import DECODED_SIDE, Candidate, Check, Finding
from visualsearch.moderation.frames import find_inner
from visualsearch.moderation.nearest import as_bits
from visualsearch.moderation.prints import as_jpeg, make_hash, mirrored, thumbnail
from visualsearch.networks import hnsw, loading, serving

DEMO = Path(settings.BASE_DIR) / "demo"
BATCH = 32
NOW = timezone.now()
SEED = 14
Upload = tuple[str, bytes]  # a name and a file

clock: dict[str, float] = defaultdict(float)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--refused", type=int, default=100)
    parser.add_argument("--goods", type=int, default=1500)
    parser.add_argument("--copies", type=int, default=3000)
    parser.add_argument("--show", type=int, default=20, help="false alarms to name")
    options = parser.parse_args()
    found = sorted(path for folder in options.folders for path in folder.rglob("*.jpg"))
    Random(SEED).shuffle(found)
    files = list({hashlib.sha256(path.read_bytes()).digest(): path for path in found}.values())
    refused, goods = files[: options.refused], files[options.refused :]
    demo = sorted((DEMO / "images").glob("*.jpg"))
    with scratch_database("bench_seen"):
        network = serving.live()
        report("refused pictures", seen.CHECK, disguises(refused), goods[: options.goods], demo, options.show,
               lambda: refuse(refused, network))  # fmt: skip
        twins = Random(SEED).sample(demo, min(options.refused, len(demo) // 4))
        others = [path for path in demo if path not in twins]
        report("refused pictures of the demo", seen.CHECK, disguises(twins), [], others, options.show,
               lambda: refuse(twins, network))  # fmt: skip
        stock = [*demo, *refused, *goods][: options.copies]
        report("copies", copies.CHECK, disguises(refused), [], stock, options.show, lambda: fill(stock, network))


def report(
    title: str,
    check: Check,
    changed: Iterator[Upload],
    goods: Sequence[Path],
    more: Sequence[Path],
    shown: int,
    prepare: Callable[[], None],
) -> None:
    prepare()
    clock.clear()
    suspected: dict[str, tuple[float, str]] = {}
    for name, findings in examined(check, ((str(path), path.read_bytes()) for path in [*goods, *more])):
        if findings and findings[0].score >= check.look_at:
            suspected[name] = findings[0].score, str(findings[0].evidence)
    cost = [[name, 1000 * value / max(1, len(goods) + len(more))] for name, value in clock.items()]
    limit = check.refuse_at or 2
    rows = []
    for name, paths in (("goods", goods), ("demo or stock", more)):
        hits = [suspected[str(path)][0] for path in paths if str(path) in suspected]
        rows.append([name, len(paths), len(hits), 100 * len(hits) / max(1, len(paths)), sum(s >= limit for s in hits)])
    table(f"{title}: false alarms", ["pictures", "number", "look or refused", "in %", "refused"], rows)
    table(f"{title}: CPU of one picture that is no repeat, ms", ["step", "ms"], cost)
    for name, (score, evidence) in sorted(suspected.items(), key=lambda each: -each[1][0])[:shown]:
        print(f"{score:.3f} {Path(name).name} {evidence}")  # noqa: T201
    scores = defaultdict(list)
    for name, findings in examined(check, changed):
        scores["pairs" if "+" in name else name].append(findings[0].score if findings else 0.0)
    every = [score for each in scores.values() for score in each]
    rows = [[name, len(each), share(each, check.look_at), share(each, limit)] for name, each in scores.items()]
    table(f"{title}: recall", ["disguise", "pictures", "look or refused", "refused"],
          [*rows, ["all", len(every), share(every, check.look_at), share(every, limit)]])  # fmt: skip


def share(scores: Sequence[float], least: float) -> str:
    """Return the share of the scores that reach `least`, with the interval of 95 % (Wilson 1927)."""
    number, found = max(1, len(scores)), sum(score >= least for score in scores)
    middle, spread = found + 1.92, 1.96 * (found * (number - found) / number + 0.96) ** 0.5
    low, high = (max(0.0, min(1.0, each / (number + 3.84))) for each in (middle - spread, middle + spread))
    return f"{found / number:.3f} ({low:.3f} to {high:.3f})"


def disguises(paths: Sequence[Path]) -> Iterator[Upload]:
    random = np.random.default_rng(SEED)
    for path in paths:
        picture = decode(path.read_bytes(), DECODED_SIDE)
        for name, disguise in ten(random).items():
            file = BytesIO()
            disguise(picture, random).save(file, "PNG", compress_level=1)
            yield name, file.getvalue()


def examined(check: Check, uploads: Iterator[Upload]) -> Iterator[tuple[str, list[Finding]]]:
    """Upload each file to a product of its own, unless it is in the shop already, and check it."""
    batch: list[Upload] = []
    for upload in uploads:
        batch.append(upload)
        if len(batch) == BATCH:
            yield from _examine(check, batch)
            batch = []
    yield from _examine(check, batch)


def _examine(check: Check, batch: Sequence[Upload]) -> Iterator[tuple[str, list[Finding]]]:
    if not batch:
        return
    candidates = make_candidates([data for _, data in batch])
    if check is copies.CHECK:
        hashes = [each.sha256 for each in candidates]
        stocked = {row.sha256: row for row in ProductImage.objects.filter(sha256__in=hashes)}
        new = [each for each in candidates if each.sha256 not in stocked]
        stored = store(new, [f"new {number} {each.sha256}" for number, each in enumerate(new)], serving.live())
        added = {id(each): row for each, row in zip(new, stored, strict=True)}  # two disguises may be equal
        for each in candidates:
            row = added.get(id(each)) or stocked[each.sha256]
            each.image, each.product = row.pk, row.product_id
    started = process_time()
    results = check.examine(candidates)
    clock["check"] += process_time() - started
    for (name, _), findings in zip(batch, results, strict=True):
        yield name, findings


def make_candidates(data: Sequence[bytes]) -> list[Candidate]:
    started = process_time()
    pictures = [decode(each, DECODED_SIDE) for each in data]
    clock["decoding"] += process_time() - started
    started = process_time()
    vectors = loading.embedder(serving.live()).embed(pictures)
    clock["embedding"] += process_time() - started
    hashes = [hashlib.sha256(each).hexdigest() for each in data]
    return [Candidate(picture, *picture.size, sha256, vector)
            for picture, sha256, vector in zip(pictures, hashes, vectors, strict=True)]  # fmt: skip


def refuse(paths: Sequence[Path], network: Network) -> None:
    """Remember these pictures alone, as if they had been refused and deleted."""
    RefusedPicture.objects.all().delete()
    for path in paths:
        data = path.read_bytes()
        picture = decode(data, memory.SIDE)
        small, inner = thumbnail(picture, memory.SIDE), find_inner(picture) or picture
        RefusedPicture.objects.create(
            sha256=hashlib.sha256(data).hexdigest(), small=as_jpeg(small), hash=as_bits(make_hash(inner)),
            mirrored_hash=as_bits(make_hash(mirrored(inner))), reason=Reason.RULE, decided_at=NOW,
        )  # fmt: skip
    memory.fill(list(RefusedPicture.objects.values_list("pk", flat=True)), network)
    assert RefusedVector.objects.count() >= len(paths)


def fill(paths: Sequence[Path], network: Network) -> None:
    """Fill the shop with these pictures and their prints, but check none of them yet."""
    for start in range(0, len(paths), BATCH):
        part = paths[start : start + BATCH]
        candidates = make_candidates([path.read_bytes() for path in part])
        rows = {row.sha256: row for row in store(candidates, [product_of(path) for path in part], network)}
        for each in candidates:
            each.image = rows[each.sha256].pk
        write_prints(candidates)
    hnsw.build(network)


def store(candidates: Sequence[Candidate], names: Sequence[str], network: Network) -> list[ProductImage]:
    category = Category.objects.first() or Category.objects.add_root({"name": "Everything", "slug": "everything"})
    families = read_families()
    products = {}
    for name in names:
        slug = hashlib.sha256(name.encode()).hexdigest()[:40]
        wanted = {"title": name[:200], "category": category, "family": families.get(name, "")}
        products[name] = Product.objects.get_or_create(slug=slug, defaults=wanted)[0]
    images = ProductImage.objects.bulk_create(
        ProductImage(product=products[name], file="products/none.jpg", sha256=each.sha256, width=each.width,
                     height=each.height) for name, each in zip(names, candidates, strict=True)
    )  # fmt: skip
    ImageEmbedding.objects.bulk_create(
        ImageEmbedding(image=image, network=network, vector=each.vector, image_sha256=each.sha256, attempts=1)
        for image, each in zip(images, candidates, strict=True)
    )
    return images


def product_of(path: Path) -> str:
    return path.stem.rpartition("-")[0] if path.parent == DEMO / "images" else str(path)


def read_families() -> dict[str, str]:
    with (DEMO / "catalog.csv").open(encoding="utf-8") as file:
        return {row["product"]: row["family"] for row in csv.DictReader(file) if row["family"]}


if __name__ == "__main__":
    main()
