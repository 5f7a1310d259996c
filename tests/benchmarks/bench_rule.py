"""The rule of a shop: how well it finds what is forbidden after 50, 200 and 1,000 decisions.

python -m tests.benchmarks.bench_rule caltech101/ pictures/

The first folder has a folder for each class. One class is forbidden at a time; then groups of classes are, as of a
shop that forbids several things. The second folder holds the shop's own goods. Half of the pictures of each class and
half of the goods teach; the other half, which no decision is about, are what the head must sort. Of the decisions, a
tenth or three tenths are refusals (ten at least, and no more than there are pictures); of the allowed ones half are of
other classes and half of goods. The default network was fitted to half of Caltech 101, to all its classes: to others
it may be blinder than here.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from tests.benchmarks.scratch import table

# isort: split
# The import above configures Django for those below.

import numpy as np
import numpy.typing as npt

from visualsearch.embedding.embedder import Embedder
from visualsearch.models import RuleHead
from visualsearch.moderation import kernel_head, rule

DECISIONS = (50, 200, 1000)
SHARES = (0.1, 0.3)
MAX_GOODS = 2500
CLASSES = 15  # with the most pictures, and as many drawn at random
GROUPS = (
    ("accordion", "electric_guitar", "grand_piano", "mandolin", "saxophone", "euphonium", "gramophone", "metronome"),
    ("ant", "beaver", "butterfly", "crab", "crayfish", "crocodile", "dolphin", "dragonfly", "elephant", "emu"),
    ("airplanes", "helicopter", "ketch", "schooner", "ferry", "car_side", "Motorbikes"),
    ("cup", "ewer", "stapler", "scissors", "chair", "lamp", "umbrella", "wrench", "watch", "camera", "cellphone"),
)
Vectors = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


class World:
    """Vectors of classes and goods, each split into a half that teaches and a half that tries."""

    def __init__(self, classes: Vectors, names: npt.NDArray[np.str_], goods: Vectors, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.random, self.names = random, names
        self.classes, self.goods = classes, goods
        self.teaches = _half(len(classes), random)
        self.sold = _half(len(goods), random)

    def try_rule(self, forbidden: Sequence[str], decisions: int, share: float) -> tuple[float, float, bool, float]:
        """Return average precision, calibration error, whether the head is sure, and seconds of fitting."""
        is_forbidden = np.isin(self.names, forbidden)
        refused = self._draw(self.classes[is_forbidden & self.teaches], max(rule.MIN_REFUSED, int(share * decisions)))
        allowed = decisions - len(refused)
        others = self._draw(self.classes[~is_forbidden & self.teaches], allowed // 2)
        sold = self._draw(self.goods[self.sold], allowed - len(others) + rule.OWN)
        vectors = np.concatenate([refused, others, sold])
        labels = np.arange(len(vectors)) < len(refused)
        keys = [str(number) for number in range(len(vectors))]
        began = process_time()
        row = RuleHead(
            **rule.fit(rule.Examples(keys, vectors, labels, [""] * len(keys), keys, len(refused) / decisions))
        )
        seconds = process_time() - began
        tried = [self.classes[is_forbidden & ~self.teaches], self.classes[~is_forbidden & ~self.teaches],
                 self.goods[~self.sold]]  # fmt: skip
        truth = np.arange(sum(map(len, tried))) < len(tried[0])
        values = rule.head_of(row).values(np.concatenate(tried))
        found = kernel_head.average_precision(values, truth)
        return found, _error(rule.probabilities(row, values), truth, len(refused) / decisions), row.is_sure, seconds

    def _draw(self, vectors: Vectors, number: int) -> Vectors:
        return vectors[self.random.permutation(len(vectors))[:number]]


def _half(number: int, random: np.random.Generator) -> Bools:
    half: Bools = random.permutation(number) < number // 2
    return half


def _error(chances: npt.NDArray[np.float64], truth: Bools, share: float) -> float:
    """Return the expected calibration error in ten bins, with refusals as frequent as in the decisions."""
    weight = np.where(truth, share / truth.mean(), (1 - share) / (1 - truth.mean()))
    bins = np.minimum((chances * 10).astype(int), 9)
    gaps = [abs(float((weight * (truth - chances))[bins == each].sum())) for each in range(10)]
    return sum(gaps) / float(weight.sum())


def main() -> None:
    folder, goods = map(Path, sys.argv[1:3])
    files = sorted(folder.glob("*/*.jpg"))
    names = np.array([file.parent.name for file in files])
    embedder = Embedder.load()
    pictures = sorted(goods.rglob("*.jpg"))
    shop = [pictures[place] for place in np.random.default_rng(0).permutation(len(pictures))[:MAX_GOODS]]
    measure(_embed(files, embedder), names, _embed(shop, embedder))


def _embed(files: Sequence[Path], embedder: Embedder) -> Vectors:
    parts = [files[start : start + 64] for start in range(0, len(files), 64)]
    return np.concatenate([embedder.embed([file.read_bytes() for file in part]) for part in parts])


def measure(classes: Vectors, names: npt.NDArray[np.str_], goods: Vectors) -> None:
    sizes = {str(name): int((names == name).sum()) for name in np.unique(names)}
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))
    drawn = np.random.default_rng(3).permutation(largest[CLASSES:])[:CLASSES].tolist()
    single = [(name,) for name in [*largest[:CLASSES], *drawn] if sizes[name] >= 2 * rule.MIN_REFUSED]
    for title, rules in ((f"{len(single)} classes, one at a time", single), ("groups of classes", GROUPS)):
        rows = [_row(classes, names, goods, rules, decisions, share) for share in SHARES for decisions in DECISIONS]
        columns = ["decisions", "refused", "average precision", "lowest", "highest", "calibration error", "sure", "s"]
        table(title, columns, rows)


def _row(
    classes: Vectors, names: npt.NDArray[np.str_], goods: Vectors, rules: Sequence[Sequence[str]], decisions: int,
    share: float,
) -> list[object]:  # fmt: skip
    found = [
        World(classes, names, goods, seed).try_rule(forbidden, decisions, share)
        for seed, forbidden in enumerate(rules)
    ]
    precision, error, sure, seconds = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    figures = (precision.mean(), precision.min(), precision.max(), error.mean(), sure.mean(), seconds.mean())
    return [f"{decisions}", f"{share:.0%}", *map(float, figures)]


if __name__ == "__main__":
    main()
