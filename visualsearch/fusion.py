"""Several rankings of the same things as one: Cormack et al. 2009, "Reciprocal Rank Fusion outperforms Condorcet"."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

STEADINESS = 60  # the paper's k: how little the first places count for more than the next


def fuse(rankings: Iterable[Sequence[Key]], k: int = STEADINESS) -> list[Key]:
    """All that is ranked anywhere, best first. Only places count, so scores on different scales need no weights.

    What ties keeps the order in which it was met: the first ranking goes first.
    """
    points: defaultdict[Key, float] = defaultdict(float)
    for ranking in rankings:
        for place, key in enumerate(ranking, start=1):
            points[key] += 1 / (k + place)
    return sorted(points, key=points.__getitem__, reverse=True)
