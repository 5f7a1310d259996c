"""Fuse several rankings into one: Cormack et al. 2009, "Reciprocal Rank Fusion outperforms Condorcet"."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

SMOOTHING = 60  # k in the paper: a larger k gives less weight to the first places


def fuse(rankings: Iterable[Sequence[Key]], k: int = SMOOTHING) -> list[Key]:
    """Return the items of all rankings, best first. Only ranks count, so scores may have different scales.

    Ties keep the order of the first ranking that contains them.
    """
    points: defaultdict[Key, float] = defaultdict(float)
    for ranking in rankings:
        for place, key in enumerate(ranking, start=1):
            points[key] += 1 / (k + place)
    return sorted(points, key=points.__getitem__, reverse=True)
