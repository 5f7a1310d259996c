"""Metrics of retrieval and classification, as fractions.

Recall at k, the mean reciprocal rank and classification by the nearest picture count each class once, by its best
picture, as results are products. mAP and nDCG count single pictures.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from visualsearch.embedding.embedder import Vectors
from visualsearch.measuring.bootstrap import Interval, intervals, mean_intervals
from visualsearch.measuring.dataset import Labels
from visualsearch.measuring.ranking import Floats, Rankings, rank


@dataclass(frozen=True)
class Metrics:
    """Metrics of a set of queries against a gallery.

    `recall_at_1` is also the accuracy of classification by the nearest picture, which the macro metrics describe too.
    `worst_rank` is infinite if the gallery lacks the class of a query.
    """

    queries: int
    gallery: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mean_reciprocal_rank: float
    mean_average_precision: float
    ndcg_at_10: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    worst_rank: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, which has no infinity."""
        return {**asdict(self), "worst_rank": None if self.worst_rank == np.inf else int(self.worst_rank)}


RETRIEVAL = (
    "recall_at_1",
    "recall_at_5",
    "recall_at_10",
    "mean_reciprocal_rank",
    "mean_average_precision",
    "ndcg_at_10",
)
MACRO = ("macro_precision", "macro_recall", "macro_f1")


def compute_metrics(rankings: Rankings, gallery: int) -> Metrics:
    """Return the metrics of rankings; `gallery` is the number of pictures each query was compared with."""
    means = dict(zip(RETRIEVAL, _per_query(rankings).mean(axis=0).tolist(), strict=True))
    macro = dict(zip(MACRO, _macro(rankings.wanted[None], rankings.found[None])[0].tolist(), strict=True))
    return Metrics(len(rankings), gallery, **means, **macro, worst_rank=float(rankings.rank.max()))


def metric_intervals(rankings: Rankings, seed: int = 0, resamples: int = 1000) -> dict[str, Interval]:
    """Return the 95% bootstrap interval of each metric over resampled queries."""
    means = mean_intervals(_per_query(rankings), seed, resamples)
    macro = classification_intervals(rankings.found, rankings.wanted, seed, resamples)
    return {**dict(zip(RETRIEVAL, means, strict=True)), **{name: macro[name] for name in MACRO}}


def retrieval(queries: Vectors, wanted: Labels, gallery: Vectors, labels: Labels) -> Metrics:
    """Return the metrics of searching a gallery of unit vectors (m, d) with queries (n, d)."""
    return compute_metrics(rank(lambda some: some @ gallery.T, queries, wanted, labels), len(gallery))


def classification(predicted: Labels, actual: Labels) -> dict[str, float]:
    """Return accuracy and macro precision, recall and F1 over the classes that occur in `actual`.

    A class that is never predicted has precision 0.
    """
    macro = _macro(actual[None], predicted[None])[0].tolist()
    return {"accuracy": float(np.mean(predicted == actual)), **dict(zip(MACRO, macro, strict=True))}


def classification_intervals(
    predicted: Labels, actual: Labels, seed: int = 0, resamples: int = 1000
) -> dict[str, Interval]:
    """Return the 95% bootstrap interval of each metric of `classification`."""

    def figures(rows: Labels) -> Floats:
        accuracy = (predicted == actual)[rows].mean(axis=1)
        return np.column_stack([accuracy, _macro(actual[rows], predicted[rows])])

    width = max(len(actual), int(max(actual.max(), predicted.max())) + 1)
    found = intervals(figures, len(actual), width, seed, resamples)
    return dict(zip(("accuracy", *MACRO), found, strict=True))


def auroc(positives: Floats, negatives: Floats) -> float:
    """Return how often a positive's score exceeds a negative's: 1 is perfect, 0.5 is chance."""
    wins, ties = (compare(positives[:, None], negatives[None, :]).mean() for compare in (np.greater, np.equal))
    return float(wins + 0.5 * ties)


def _per_query(rankings: Rankings) -> Floats:
    """Return each query's contribution to each metric of RETRIEVAL, (n, 6)."""
    recalls = [rankings.rank <= k for k in (1, 5, 10)]
    return np.column_stack([*recalls, 1.0 / rankings.rank, rankings.average_precision, rankings.ndcg])


def _macro(actual: Labels, predicted: Labels) -> Floats:
    """Return macro precision, recall and F1, (b, 3), of b classifications of n pictures, both (b, n)."""
    classes = int(max(actual.max(), predicted.max())) + 1
    actual_counts = _counts(actual, np.ones_like(actual, dtype=bool), classes)
    predicted_counts = _counts(predicted, np.ones_like(actual, dtype=bool), classes)
    hits = _counts(actual, actual == predicted, classes)
    occurs = actual_counts > 0
    shares = (
        hits / np.maximum(predicted_counts, 1),
        hits / np.maximum(actual_counts, 1),
        2 * hits / (actual_counts + predicted_counts + ~occurs),
    )
    return np.column_stack([(share * occurs).sum(axis=1) / occurs.sum(axis=1) for share in shares])


def _counts(labels: Labels, counted: Labels, classes: int) -> Floats:
    cells = labels + classes * np.arange(len(labels))[:, None]
    counts = np.bincount(cells.ravel(), counted.ravel(), len(labels) * classes)
    return counts.astype(np.float64).reshape(len(labels), classes)
