"""How far a figure could lie from what other queries of the same kind would have given.

Percentile intervals over resampled queries (Efron 1979, "Bootstrap methods: another look at the jackknife"). The
gallery stays as it is: an interval speaks about other photos of the same goods, not about other goods.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from visualsearch.measuring.dataset import Labels
from visualsearch.measuring.ranking import Floats

Interval = tuple[float, float]
Statistic = Callable[[Labels], Floats]

RESAMPLES = 1000
SHARE = 0.95
_ENTRIES_AT_ONCE = 2_000_000


def intervals(statistic: Statistic, queries: int, width: int, seed: int, resamples: int = RESAMPLES) -> list[Interval]:
    """The interval of each of k figures that `statistic` computes, (b, n) positions of queries to (b, k).

    `width` is how many numbers one resample takes while it is computed, which bounds the memory. The same seed and
    the same number of queries draw the same resamples, so that two methods may be compared query by query.
    """
    drawn = np.concatenate([statistic(block) for block in _blocks(queries, width, seed, resamples)])
    low, high = np.quantile(drawn, [(1 - SHARE) / 2, (1 + SHARE) / 2], axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def mean_intervals(values: npt.ArrayLike, seed: int, resamples: int = RESAMPLES) -> list[Interval]:
    """The intervals of the means of the columns of `values`, (n, k)."""
    table = np.asarray(values, dtype=np.float64)
    return intervals(lambda rows: table[rows].mean(axis=1), len(table), table.size, seed, resamples)


def _blocks(queries: int, width: int, seed: int, resamples: int) -> Iterator[Labels]:
    random = np.random.default_rng(seed)
    size = max(1, _ENTRIES_AT_ONCE // max(width, 1))
    for start in range(0, resamples, size):
        yield random.integers(queries, size=(min(size, resamples - start), queries))
