"""Percentile bootstrap intervals over queries (Efron 1979, "Bootstrap methods: another look at the jackknife").

Queries are resampled and the gallery is not: an interval covers other photos of the same products, not other products.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from visualsearch.measuring.dataset import Labels
from visualsearch.measuring.ranking import Floats

Interval = tuple[float, float]
Statistic = Callable[[Labels], Floats]

RESAMPLES = 1000
CONFIDENCE = 0.95
_MAX_ENTRIES = 2_000_000  # numbers in memory at once


def intervals(statistic: Statistic, queries: int, width: int, seed: int, resamples: int = RESAMPLES) -> list[Interval]:
    """Return the interval of each of k figures; `statistic` maps query positions (b, n) to figures (b, k).

    `width` is the number of values in one resample, which limits memory. The same seed and the same number of
    queries give the same resamples, so that two methods can be compared query by query.
    """
    figures = np.concatenate([statistic(block) for block in _resamples(queries, width, seed, resamples)])
    low, high = np.quantile(figures, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def mean_intervals(values: npt.ArrayLike, seed: int, resamples: int = RESAMPLES) -> list[Interval]:
    """Return the intervals of the column means of `values`, (n, k)."""
    table = np.asarray(values, dtype=np.float64)
    return intervals(lambda rows: table[rows].mean(axis=1), len(table), table.size, seed, resamples)


def _resamples(queries: int, width: int, seed: int, resamples: int) -> Iterator[Labels]:
    random = np.random.default_rng(seed)
    size = max(1, _MAX_ENTRIES // max(width, 1))
    for start in range(0, resamples, size):
        yield random.integers(queries, size=(min(size, resamples - start), queries))
