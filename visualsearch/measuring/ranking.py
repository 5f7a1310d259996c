"""Rank a gallery for each query, from similarity scores.

Classes are ranked by their best picture, because customers see each product once. Pictures are ranked one by one,
because that shows how much of a class comes before everything else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from visualsearch.embedding.vectors import unit_vectors
from visualsearch.measuring.dataset import Labels

Scores = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Compare = Callable[[npt.NDArray[Any]], Scores]

NDCG_DEPTH = 10  # pictures, about one screen
_MAX_SCORES = 4_000_000  # a few hundred MB, including everything computed from them


@dataclass(frozen=True)
class Rankings:
    """The rankings of n queries, as arrays of n entries. Labels are classes, positions are gallery pictures.

    `rank` is the place of the right class from 1, or infinity if the gallery lacks it; `right_position` is then -1.
    `average_precision` covers all pictures (Manning et al. 2008, chapter 8.4), `ndcg` the first NDCG_DEPTH (Järvelin
    and Kekäläinen 2002). `score` is the top picture's, and `gap` how far the best right picture scored below it.
    """

    wanted: Labels
    found: Labels
    rank: Floats
    average_precision: Floats
    ndcg: Floats
    score: Floats
    gap: Floats
    found_position: Labels
    right_position: Labels

    def __len__(self) -> int:
        return len(self.wanted)

    def __getitem__(self, chosen: npt.NDArray[Any] | slice) -> "Rankings":
        return Rankings(*(getattr(self, field.name)[chosen] for field in fields(self)))


def rank(
    compare: Compare, queries: npt.NDArray[Any], wanted: Labels, labels: Labels, hidden: Labels | None = None
) -> Rankings:
    """Rank m gallery pictures with these `labels` for n queries; `compare` scores queries (b, …) as (b, m).

    `hidden[i]` is the gallery position to leave out for query i: the query itself. Ties go to the class and the
    picture that come first in the gallery, never to the right ones.
    """
    parts = []
    for rows in _blocks(len(queries), len(labels)):
        scores = np.array(compare(queries[rows]), dtype=np.float32)
        if hidden is not None:
            scores[np.arange(len(scores)), hidden[rows]] = -np.inf
        parts.append(_rank_scores(scores, wanted[rows], labels, None if hidden is None else hidden[rows]))
    columns = (np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Rankings))
    return Rankings(*columns)


def nearest_class_mean(queries: Scores, gallery: Scores, labels: Labels, hidden: Labels | None = None) -> Labels:
    """Return the class (n,) with the nearest mean for each query.

    After Mensink et al. 2013, "Distance-based Image Classification". A query that is itself in the gallery, at
    `hidden[i]`, is left out of its class's mean.
    """
    classes, members = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(classes), gallery.shape[1]))
    np.add.at(sums, members, gallery)
    scores = queries @ unit_vectors(sums).T
    if hidden is not None:
        own = members[hidden]
        without = unit_vectors(sums[own] - gallery[hidden])
        scores[np.arange(len(queries)), own] = (queries * without).sum(axis=1)
    found: Labels = classes[scores.argmax(axis=1)]
    return found


def _rank_scores(scores: Scores, wanted: Labels, labels: Labels, hidden: Labels | None) -> Rankings:
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
    precision, ndcg = _rank_pictures(scores, relevant)
    right = np.where(relevant, scores, -np.inf).argmax(axis=1)
    found = classes[best.argmax(axis=1)]
    nearest = np.where(labels[None, :] == found[:, None], scores, -np.inf).argmax(axis=1)
    return Rankings(
        wanted=wanted,
        found=found,
        rank=np.where(known, rank, np.inf),
        average_precision=precision,
        ndcg=ndcg,
        score=scores[rows, nearest].astype(np.float64),
        gap=np.where(known, scores[rows, nearest] - scores[rows, right], np.inf).astype(np.float64),
        found_position=nearest,
        right_position=np.where(known, right, -1),
    )


def _best_of_each_class(scores: Scores, labels: Labels) -> tuple[Scores, Labels]:
    order = np.argsort(labels, kind="stable")
    classes, starts = np.unique(labels[order], return_index=True)
    return np.maximum.reduceat(scores[:, order], starts, axis=1), classes


def _rank_pictures(scores: Scores, relevant: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return average precision and nDCG of each row; 0 if nothing is relevant."""
    order = np.argsort(-scores, axis=1, kind="stable")
    hits = np.take_along_axis(relevant, order, axis=1)
    places = np.arange(1, hits.shape[1] + 1)
    total = np.maximum(hits.sum(axis=1), 1)
    precision = (hits * (hits.cumsum(axis=1) / places)).sum(axis=1) / total
    discounts = 1.0 / np.log2(places[:NDCG_DEPTH] + 1.0)
    ideal = discounts.cumsum()[np.minimum(total, len(discounts)) - 1]
    return precision, (hits[:, :NDCG_DEPTH] * discounts).sum(axis=1) / ideal


def _blocks(queries: int, gallery: int) -> Iterator[slice]:
    size = max(1, min(512, _MAX_SCORES // max(gallery, 1)))
    return (slice(start, start + size) for start in range(0, queries, size))
