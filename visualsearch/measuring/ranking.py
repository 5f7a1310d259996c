"""From scores to answers: what each query was told, and where what it wanted stood.

Two rankings are kept apart. *Classes* are ranked by their best picture, because a customer sees products, each once.
*Pictures* are ranked one by one, because that says how much of a class comes before everything else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from visualsearch.measuring.dataset import Labels

Scores = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Compare = Callable[[npt.NDArray[Any]], Scores]

DEPTH = 10  # pictures that nDCG looks at: about a screen
_SCORES_AT_ONCE = 4_000_000  # a few hundred MB with all that is computed from them


@dataclass(frozen=True)
class Answers:
    """What n queries were answered: arrays of n entries. Labels are classes, positions are pictures of the gallery.

    `rank` is the place of the wanted class, 1 for the first and infinity where the gallery does not have it;
    `position_of_right` is then -1. `average_precision` goes over all pictures (Manning et al. 2008, chapter 8.4),
    `gain` is the nDCG of the first DEPTH pictures (Järvelin and Kekäläinen 2002). `gap` says by how much the nearest
    picture scored above the best right one, `score` is the nearest picture's.
    """

    wanted: Labels
    found: Labels
    rank: Floats
    average_precision: Floats
    gain: Floats
    score: Floats
    gap: Floats
    position_found: Labels
    position_of_right: Labels

    def __len__(self) -> int:
        return len(self.wanted)

    def __getitem__(self, chosen: npt.NDArray[Any] | slice) -> "Answers":
        return Answers(*(getattr(self, field.name)[chosen] for field in fields(self)))


def answer(
    compare: Compare, queries: npt.NDArray[Any], wanted: Labels, labels: Labels, hidden: Labels | None = None
) -> Answers:
    """Ask n queries of a gallery whose m pictures have `labels`; `compare` scores (b, …) of them as (b, m).

    `hidden[i]` is the gallery position that query i must not be compared with: itself. Where scores are equal, the
    class and the picture that come first in the gallery win, whatever was asked for.
    """
    parts = []
    for rows in _runs(len(queries), len(labels)):
        scores = np.array(compare(queries[rows]), dtype=np.float32)
        if hidden is not None:
            scores[np.arange(len(scores)), hidden[rows]] = -np.inf
        parts.append(_answers(scores, wanted[rows], labels, None if hidden is None else hidden[rows]))
    columns = (np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Answers))
    return Answers(*columns)


def by_class_means(
    queries: Scores, wanted: Labels, gallery: Scores, labels: Labels, hidden: Labels | None = None
) -> Labels:
    """The class (n,) whose mean vector points nearest, as in Mensink et al. 2013, "Distance-based classification".

    A query that is itself in the gallery, at `hidden[i]`, is taken out of its class's mean first.
    """
    classes, members = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(classes), gallery.shape[1]))
    np.add.at(sums, members, gallery)
    scores = queries @ _unit(sums).T
    if hidden is not None:
        own = members[hidden]
        without = _unit(sums[own] - gallery[hidden])
        scores[np.arange(len(queries)), own] = (queries * without).sum(axis=1)
    found: Labels = classes[scores.argmax(axis=1)]
    return found


def _answers(scores: Scores, wanted: Labels, labels: Labels, hidden: Labels | None) -> Answers:
    rows = np.arange(len(scores))
    best, classes = _best_of_each_class(scores, labels)
    place = np.searchsorted(classes, wanted).clip(max=len(classes) - 1)
    known = classes[place] == wanted
    own = best[rows, place][:, None]
    earlier = np.arange(len(classes))[None, :] < place[:, None]
    rank = 1.0 + (best > own).sum(axis=1) + ((best == own) & earlier).sum(axis=1)
    relevant = labels[None, :] == wanted[:, None]
    if hidden is not None:
        relevant[rows, hidden] = False
    precision, gain = _over_pictures(scores, relevant)
    right = np.where(relevant, scores, -np.inf).argmax(axis=1)
    found = classes[best.argmax(axis=1)]
    nearest = np.where(labels[None, :] == found[:, None], scores, -np.inf).argmax(axis=1)
    return Answers(
        wanted=wanted,
        found=found,
        rank=np.where(known, rank, np.inf),
        average_precision=precision,
        gain=gain,
        score=scores[rows, nearest].astype(np.float64),
        gap=np.where(known, scores[rows, nearest] - scores[rows, right], np.inf).astype(np.float64),
        position_found=nearest,
        position_of_right=np.where(known, right, -1),
    )


def _best_of_each_class(scores: Scores, labels: Labels) -> tuple[Scores, Labels]:
    order = np.argsort(labels, kind="stable")
    classes, starts = np.unique(labels[order], return_index=True)
    return np.maximum.reduceat(scores[:, order], starts, axis=1), classes


def _over_pictures(scores: Scores, relevant: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Average precision and nDCG of each row; 0 where nothing is relevant."""
    order = np.argsort(-scores, axis=1, kind="stable")
    hits = np.take_along_axis(relevant, order, axis=1)
    places = np.arange(1, hits.shape[1] + 1)
    wanted = np.maximum(hits.sum(axis=1), 1)
    precision = (hits * (hits.cumsum(axis=1) / places)).sum(axis=1) / wanted
    discounts = 1.0 / np.log2(places[:DEPTH] + 1.0)
    ideal = discounts.cumsum()[np.minimum(wanted, len(discounts)) - 1]
    return precision, (hits[:, :DEPTH] * discounts).sum(axis=1) / ideal


def _runs(queries: int, gallery: int) -> Iterator[slice]:
    size = max(1, min(512, _SCORES_AT_ONCE // max(gallery, 1)))
    return (slice(start, start + size) for start in range(0, queries, size))


def _unit(vectors: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)
