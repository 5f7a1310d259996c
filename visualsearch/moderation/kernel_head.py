"""Tell pictures apart by examples: kernel logistic regression on vectors. Uses NumPy only.

Zhu & Hastie 2005, "Kernel Logistic Regression and the Import Vector Machine", fitted by iteratively reweighted least
squares. The kernel is exp((cosine - 1) / WIDTH), so that a shop may forbid several things that have nothing in common.
Both classes weigh the same, however many examples each has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visualsearch.measuring.logistic import fit as fit_curve

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Vectors = npt.NDArray[np.float32]

WIDTH = 0.5
RIDGE = 1e-4
STEPS = 15
TOLERANCE = 1e-3
FOLDS = 5
RESAMPLES = 500
MOST_LIKELY = 0.5  # share of refusals in the mix that probabilities are for, at most


@dataclass(frozen=True)
class Head:
    """Examples with their weights. Vectors with a value above zero are more like refused than like allowed ones."""

    vectors: Vectors
    weights: Floats
    bias: float

    def values(self, vectors: Vectors) -> Floats:
        found: Floats = _kernel(vectors, self.vectors) @ self.weights + self.bias
        return found


def fit(vectors: Vectors, labels: Bools) -> Head:
    """Return the head for examples (n, dimensions) of both classes."""
    return Head(vectors, *_solve(_kernel(vectors, vectors), labels))


def held_out_values(vectors: Vectors, labels: Bools, groups: Sequence[str]) -> Floats:
    """Return each example's value by a head that was fitted without its group, such as other pictures of a product."""
    kernel, found = _kernel(vectors, vectors), np.zeros(len(labels))
    for held_out in _folds(labels, groups):
        weights, bias = _solve(kernel[np.ix_(~held_out, ~held_out)], labels[~held_out])
        found[held_out] = kernel[np.ix_(held_out, ~held_out)] @ weights + bias
    return found


def calibrate(values: Floats, labels: Bools, share: float) -> tuple[float, float]:
    """Return slope and offset of the log odds that an example with a value is refused.

    `values` are held out; `share` is that of refusals among the pictures that the odds are for.
    """
    curve, likely = fit_curve(values[:, None], labels), min(share, MOST_LIKELY)
    return max(curve.weights[0], 0.0), curve.bias + float(np.log(likely / (1 - likely)))


def average_precision(values: Floats, labels: Bools) -> float:
    """Return the mean precision at each refused example, highest values first."""
    ordered = labels[np.argsort(-values, kind="stable")]
    precision = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    return float(precision[ordered].mean()) if ordered.any() else 0.0


def difference(new: Floats, old: Floats, labels: Bools) -> tuple[float, float]:
    """Return the interval of 95 % of the difference in average precision, new minus old, by the bootstrap.

    Refused and allowed examples are resampled separately, so that no resample lacks one of them.
    """
    random = np.random.default_rng(0)
    parts = [np.flatnonzero(labels), np.flatnonzero(~labels)]
    found = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([random.choice(part, len(part)) for part in parts])
        found.append(average_precision(new[rows], labels[rows]) - average_precision(old[rows], labels[rows]))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _kernel(left: Vectors, right: Vectors) -> Floats:
    found: Floats = np.exp((left.astype(np.float64) @ right.astype(np.float64).T - 1) / WIDTH)
    return found


def _solve(kernel: Floats, labels: Bools) -> tuple[Floats, float]:
    number, share = len(labels), labels.mean()
    importance = np.where(labels, 0.5 / max(share, 1e-9), 0.5 / max(1 - share, 1e-9))
    system = np.ones((number + 1, number + 1))
    system[-1, -1] = 0
    found = np.zeros(number + 1)
    for _ in range(STEPS):
        value = kernel @ found[:-1] + found[-1]
        chance = 1 / (1 + np.exp(-np.clip(value, -30, 30)))
        bend = np.maximum(importance * chance * (1 - chance), 1e-6)
        system[:-1, :-1] = kernel
        system[np.arange(number), np.arange(number)] += RIDGE * number / bend
        target = value + importance * (labels - chance) / bend
        before, found = found, np.linalg.solve(system, np.append(target, 0))
        if np.abs(kernel @ (found - before)[:-1]).max() < TOLERANCE:
            break
    return found[:-1], float(found[-1])


def _folds(labels: Bools, groups: Sequence[str]) -> Iterator[Bools]:
    """Yield the examples to hold out. Groups with refused examples are spread evenly over the folds."""
    refused = {group for group, is_refused in zip(groups, labels, strict=True) if is_refused}
    ordered = sorted(set(groups), key=lambda group: (group not in refused, group))
    fold = {group: place % FOLDS for place, group in enumerate(ordered)}
    of_each = np.array([fold[group] for group in groups])
    return (of_each == number for number in range(FOLDS))
