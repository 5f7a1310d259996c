"""What the checks for unsafe pictures and for quality say of pictures of goods and of made defects, and their cost.

python -m tests.benchmarks.bench_moderation [FOLDER ...] [--sample 1500] [--known] [--time]

FOLDERs hold pictures to any depth; without one it takes the demo's. Every defect is made of one picture in four, with
other words and fonts than in training. Half of all pictures, by the hash of their name, trained the network for
defects and set the limits: they are left out, and `--known` takes them instead. There are no unsafe pictures among
them: that check's false alarms are all that is measured. `--time` compares the CPU time of all checks with that of
embedding the same pictures, side by side.
"""

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import process_time

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The imports above prepare the settings that the imports below read.

import numpy as np
from django.conf import settings
from PIL import Image

from visualsearch.embedding.preprocess import decode
from visualsearch.moderation import defects, unsafe
from visualsearch.moderation.checks import CHECKS
from visualsearch.moderation.finding import DECODED_SIDE, Candidate
from visualsearch.networks import loading, serving
from visualsearch.training.defects import MAKERS, MEASURING, Random, finish, is_held_out

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
SHARE = 0.25  # of the pictures from which each defect is made
TIMED = 48  # pictures
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
    """Compare the CPU time of embedding with that of each check, in turns on the same pictures.

    The shop is empty, so that the checks that ask the database answer at once.
    """
    settings.MODERATION_QUALITY = True  # tests run without it
    embedder = loading.embedder(serving.live())
    decoded = [decode(path.read_bytes(), DECODED_SIDE) for path in paths]
    candidates = [Candidate(picture, *picture.size, sha256="", vector=vector)
                  for picture, vector in zip(decoded, embedder.embed(decoded), strict=True)]  # fmt: skip
    works: dict[str, Callable[[], object]] = {
        "decoding": lambda: [decode(path.read_bytes(), DECODED_SIDE) for path in paths],
        "embedding": partial(embedder.embed, decoded),
        **{check.name: partial(check.examine, candidates) for check in CHECKS},
    }
    for work in works.values():
        work()
    times = np.array([[cpu_time(work) for work in works.values()] for _ in range(ROUNDS)]) / len(paths) * 1000
    medians = np.median(times, axis=0)
    rows = [
        [name, round(float(value), 2), round(float(value / medians[1]), 2)]
        for name, value in zip(works, medians, strict=True)
    ]
    rows.append(["all checks", round(float(medians[2:].sum()), 2), round(float(medians[2:].sum() / medians[1]), 2)])
    table("CPU time", ["what", "ms a picture", "times the embedding"], rows)


def cpu_time(work: Callable[[], object]) -> float:
    started = process_time()
    work()
    return process_time() - started


if __name__ == "__main__":
    main()
