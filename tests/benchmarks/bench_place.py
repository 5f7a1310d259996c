"""Pictures in a wrong category: how many of those moved at random are found, and how many others need a look.

python -m tests.benchmarks.bench_place
python -m tests.benchmarks.bench_place shop.csv pictures/

Without arguments it measures the demo shop, with them the catalogue of a CSV file and a folder of pictures. Each
picture is judged in its own category, and in ten others drawn at random; its own product does not vote.
"""

import sys
from pathlib import Path
from time import process_time

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The import above configures Django for those below.

import numpy as np
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from catalog.models import ProductImage
from visualsearch.models import ImageEmbedding, PlaceLevels
from visualsearch.moderation import place
from visualsearch.networks import serving

DEMO = Path(settings.BASE_DIR) / "demo"
MOVES = 10
BATCH = 32


def main() -> None:
    catalogue, images = map(Path, sys.argv[1:3] or (DEMO / "catalog.csv", DEMO / "images"))
    with scratch_database("bench_place"):
        call_command("import_catalog", str(catalogue), "--images", str(images), verbosity=0)
        call_command("embed_images", verbosity=0)
        ProductImage.objects.update(is_public=True)
        measure()


def measure() -> None:
    network, now = serving.live(), timezone.now()
    levels = place.measure(network, ImageEmbedding.objects.filter(vector__isnull=False).count(), now)
    if levels is None:
        raise SystemExit("The shop is too small.")
    rows = ImageEmbedding.objects.filter(network=network, vector__isnull=False).order_by("pk")
    placed = [
        place.Placed(np.asarray(vector, np.float32), product, category)
        for vector, product, category in rows.values_list("vector", "image__product_id", "image__product__category_id")
    ]
    categories = sorted({each.category for each in placed})
    random, own, moved, seconds = np.random.default_rng(1), list[float](), list[float](), 0.0
    for start in range(0, len(placed), BATCH):
        part, began = placed[start : start + BATCH], process_time()
        votes = place.vote(part, network, now)
        seconds += process_time() - began
        paths = place.paths_of(votes) | place._paths(set(categories))
        for each, found in zip(part, votes, strict=True):
            others = random.choice([key for key in categories if key != each.category], MOVES)
            own.append(found.disagreement(each.category, paths)[0])
            moved += [found.disagreement(int(key), paths)[0] for key in others]
    _print(levels, np.array(own), np.array(moved))
    print(f"{1000 * seconds / len(placed):.1f} ms of this process per picture")  # noqa: T201


def _print(levels: PlaceLevels, own: np.typing.NDArray[np.float64], moved: np.typing.NDArray[np.float64]) -> None:
    scores = [np.array([place.score_of(gap, levels.levels) for gap in each]) for each in (own, moved)]
    random = np.random.default_rng(2)
    exact = np.quantile(own, 0.98)
    spread = [float((moved > np.quantile(random.choice(own, len(own)), 0.98)).mean()) for _ in range(500)]
    rows = [
        [f"needs a look from {place.LOOK_AT}", float((scores[1] >= place.LOOK_AT).mean()),
         float((scores[0] >= place.LOOK_AT).mean())],
        ["2 % false alarms", float((moved > exact).mean()), float((own > exact).mean())],
        ["95 % of resamples, from", float(np.quantile(spread, 0.025)), 0.02],
        ["95 % of resamples, to", float(np.quantile(spread, 0.975)), 0.02],
    ]  # fmt: skip
    table(f"{len(own)} pictures", ["threshold", "found", "false alarms"], rows)


if __name__ == "__main__":
    main()
