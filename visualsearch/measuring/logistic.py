"""Logistic regression on a few features: the probability that something is so (Platt 1999, "Probabilistic outputs").

Both classes weigh the same, however many examples each has. A ridge keeps the curve soft if they do not overlap.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.int64]

RIDGE = 0.01  # per example, on features of unit spread
FOLDS = 5
STEPS = 30


@dataclass(frozen=True)
class Curve:
    """The probability rises with `bias + features @ weights`."""

    bias: float
    weights: tuple[float, ...]

    def probability(self, features: Floats) -> Floats:
        """Return the probability of each row."""
        found: Floats = 1 / (1 + np.exp(-np.clip(features @ np.array(self.weights) + self.bias, -30, 30)))
        return found


def fit(features: Floats, labels: Bools) -> Curve:
    """Return the curve for examples (n, k) of both classes, by Newton's method."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    rows = np.column_stack([(features - mean) / spread, np.ones(len(features))])
    weight = np.where(labels, 0.5 / max(labels.mean(), 1e-9), 0.5 / max(1 - labels.mean(), 1e-9))
    ridge = np.diag([RIDGE * len(rows)] * features.shape[1] + [1e-6])
    found = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (weight * (chance - labels)) + ridge @ found
        bend = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + ridge
        found -= np.linalg.solve(bend, slope)
    weights = found[:-1] / spread
    return Curve(float(found[-1] - weights @ mean), tuple(weights.tolist()))


def held_out_probabilities(features: Floats, labels: Bools, groups: Keys) -> Floats:
    """Return each example's probability by a curve that was fitted without its group."""
    found = np.zeros(len(features))
    for held_out in _folds(groups):
        found[held_out] = fit(features[~held_out], labels[~held_out]).probability(features[held_out])
    return found


def _folds(groups: Keys) -> Iterator[Bools]:
    _, number = np.unique(groups, return_inverse=True)
    return (number % FOLDS == fold for fold in range(min(FOLDS, number.max() + 1)))
