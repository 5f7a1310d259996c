"""What the checks for unsafe pictures and for quality say of pictures of goods and of made defects, and their cost.

python -m tests.benchmarks.bench_moderation [FOLDER ...] [--sample 1500] [--known] [--time]

FOLDERs hold pictures to any depth; without one it takes the demo's. Every defect is made of one picture in four, with
other words and fonts than in training. Half of all pictures, by the hash of their name, trained the network for
defects and set the limits: they are left out, and `--known` takes them instead. There are no unsafe pictures among
them: that check's false alarms are all that is measured. `--time` compares the CPU time of all checks with that of
embedding the same pictures, side by side.
"""

import argparse
import csv
import hashlib
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from time import process_time

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The imports above prepare the settings that the imports below read.

import numpy as np
from django.conf import settings
from django.db import connection
from PIL import Image

from catalog.models import Category, Product
from tests.benchmarks.bench_seen import DEMO, NOW, fill, make_candidates, refuse, store
from visualsearch.embedding.preprocess import decode
from visualsearch.moderation import defects, pipeline, place, unsafe
from visualsearch.moderation.checks import CHECKS
from visualsearch.moderation.finding import DECODED_SIDE, Candidate, Check
from visualsearch.networks import loading, serving
from visualsearch.training.defects import MAKERS, MEASURING, Random, finish, is_held_out

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
SHARE = 0.25  # of the pictures from which each defect is made
TIMED = 48  # pictures
REFUSED = 40
ROUNDS = 5

Scores = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path(settings.BASE_DIR) / "demo" / "images"])
    parser.add_argument("--sample", type=int, default=1500, help="pictures of each folder")
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--time", action="store_true")
    options = parser.parse_args()
    if options.time:
        with scratch_database("bench_moderation"):
            measure_time(pictures(options.folders[0], TIMED))
        return
    random = Random(1, MEASURING)
    good: dict[str, Scores] = {}
    made: Scores = {code: [] for code in MAKERS}
    for folder in options.folders:
        paths = [path for path in pictures(folder, None) if is_held_out(path) != options.known]
        chosen = [paths[place] for place in np.random.default_rng(0).permutation(len(paths))[: options.sample]]
        good[folder.name] = score_good(chosen)
        for code, scores in score_made(chosen, random):
            made[code].append(scores)
    show_unsafe(good)
    show_quality(good, made)


def pictures(folder: Path, limit: int | None) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return found if limit is None else found[:: max(1, len(found) // limit)][:limit]


def candidate(picture: Image.Image) -> Candidate:
    return Candidate(picture, *picture.size, sha256="")


def score_good(paths: Sequence[Path]) -> Scores:
    scores: Scores = {"unsafe": []}
    for path in paths:
        with Image.open(path) as image:
            size = image.size
        each = Candidate(decode(path.read_bytes(), DECODED_SIDE), *size, sha256="")
        scores["unsafe"].append(unsafe.open_nsfw([each.picture])[0].value)
        for code, score in defects.scores(each).items():
            scores.setdefault(code, []).append(score)
    return scores


def score_made(paths: Sequence[Path], random: Random) -> Iterator[tuple[str, float]]:
    for _ in paths:
        image, *others = (
            decode(paths[place].read_bytes(), DECODED_SIDE) for place in random.integers(len(paths), size=4)
        )
        for code, make in MAKERS.items():
            if random.random() < SHARE:
                yield code, defects.scores(candidate(finish(make(image, random, others), random)))[code]


def show_unsafe(good: dict[str, Scores]) -> None:
    rows = []
    for name, scores in [*good.items(), ("all", joined(good))]:
        values = np.array(scores["unsafe"])
        quantiles = [round(float(each), 3) for each in np.quantile(values, [0.5, 0.99, 0.997, 1])]
        rows.append([name, len(values), *quantiles, share(values, unsafe.LOOK_AT)])
    table("Unsafe: scores of pictures of goods", ["folder", "pictures", "median", "99 %", "99.7 %", "highest",
                                                  f"need a look (from {unsafe.LOOK_AT})"], rows)  # fmt: skip


def show_quality(good: dict[str, Scores], made: Scores) -> None:
    everything, limit = joined(good), defects.LOOK_AT
    rows = []
    for code, values in made.items():
        found, false = np.array(values), np.array(everything[code])
        at_one = float(np.quantile(false, 0.99))
        shares = [share(np.array(each[code]), limit) for each in [*good.values(), everything]]
        rows.append([code, len(found), share(found, limit), *shares, share(found, at_one), limit_at(code, at_one)])
    rows.append(["any", "", "", *(share(np.max([each[code] for code in made], axis=0), limit)
                                  for each in [*good.values(), everything]), "", ""])  # fmt: skip
    heads = ["defect", "made", "recall", *(f"false: {name}" for name in [*good, "all"]), "recall at 1 %", "its limit"]
    table("Quality", heads, rows)


def limit_at(code: str, score: float) -> float:
    """Return the limit in the network's card that corresponds to this score, or the score of a measure."""
    limits = defects.network.get().card.limits
    return limits[code] + math.log(score / (1 - score)) if code in limits and 0 < score < 1 else score


def joined(good: dict[str, Scores]) -> Scores:
    return {code: [value for scores in good.values() for value in scores[code]] for code in next(iter(good.values()))}


def share(values: np.typing.NDArray[np.float64], limit: float) -> str:
    return f"{100 * float((values >= limit).mean()):.2f} %"


def measure_time(paths: Sequence[Path]) -> None:
    """Compare the CPU time of embedding with that of each check and of all together, in turns on the same pictures.

    The shop has the demo's pictures, of which 40 were refused, and the checked ones are among them, as copies of
    other products. What the database computes is part of it.
    """
    settings.MODERATION_QUALITY = True  # tests run without it
    network, embedder = serving.live(), loading.embedder(serving.live())
    stock = pictures(DEMO / "images", None)
    fill([path for path in stock if path not in set(paths)], network)
    refuse(stock[1::20][:REFUSED], network)
    file_products()
    assert place.measure_stale(network, NOW)
    data = [path.read_bytes() for path in paths]
    decoded = [decode(each, DECODED_SIDE) for each in data]
    uploads = make_candidates(data)
    for each, row in zip(uploads, store(uploads, [f"upload {path}" for path in paths], network), strict=True):
        each.image, each.product, each.category = row.pk, row.product_id, row.product.category_id
    connection.cursor().execute("ANALYZE")

    def fresh() -> list[Candidate]:
        return [replace(each, shared={}) for each in uploads]

    def examine_fresh(check: Check) -> object:
        return check.examine(fresh())

    works: dict[str, Callable[[], object]] = {
        "decoding": lambda: [decode(each, DECODED_SIDE) for each in data],
        "embedding": partial(embedder.embed, decoded),
        **{check.name: partial(examine_fresh, check) for check in CHECKS},
        "all checks together": lambda: pipeline.examine(fresh(), CHECKS),
    }
    for work in works.values():
        work()
    times = np.array([[cpu_time(work) for work in works.values()] for _ in range(ROUNDS)]) / len(paths) * 1000
    medians, ratios = np.median(times, axis=0), np.median(times / times[:, 1:2], axis=0)
    rows = [[name, round(float(value), 2), round(float(ratio), 2)]
            for name, value, ratio in zip(works, medians, ratios, strict=True)]  # fmt: skip
    table("CPU time, that of the database included", ["what", "ms a picture", "times the embedding"], rows)


def file_products() -> None:
    """Publish the demo's products, each in its category."""
    with (DEMO / "catalog.csv").open(encoding="utf-8") as file:
        names = {row["product"]: row["category"] for row in csv.DictReader(file)}
    for name in sorted(set(names.values())):
        slug = hashlib.sha256(name.encode()).hexdigest()[:40]
        category = Category.objects.add_root({"name": name, "slug": slug})
        titles = [product for product, each in names.items() if each == name]
        Product.objects.filter(title__in=titles).update(category=category, status="published")


def cpu_time(work: Callable[[], object]) -> float:
    """Return the seconds that this process and its connection's process in PostgreSQL compute."""
    started = process_time() + database_time()
    work()
    return process_time() + database_time() - started


def database_time() -> float:
    fields = Path(f"/proc/{backend()}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@cache
def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
