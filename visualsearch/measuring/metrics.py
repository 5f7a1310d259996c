"""How well vectors find what they should, as fractions, through the same Embedder that serves the shop.

Recall at k, the mean reciprocal rank and the classification by the nearest picture are about classes, each counted
once by its best picture: results are products. mAP and nDCG are about single pictures. See ranking.py.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from visualsearch.embedding.embedder import Embedder, Vectors
from visualsearch.measuring.bootstrap import Interval, intervals, mean_intervals
from visualsearch.measuring.dataset import Labels, LabelSpace, Split
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.measuring.ranking import Answers, Floats, answer


@dataclass(frozen=True)
class Measured:
    """The figures of one comparison, with the number of queries and of gallery pictures behind them.

    `recall_at_1` is also the accuracy of classifying by the nearest picture, to which the macro figures belong;
    `worst_rank` is the place of the class of the query that fared worst, infinite where the gallery lacks it.
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

    def as_row(self) -> dict[str, Any]:
        row = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**row, "worst_rank": None if self.worst_rank == np.inf else int(self.worst_rank)}


Rows = list[tuple[str, Measured]]

SHARES = ("recall_at_1", "recall_at_5", "recall_at_10", "mean_reciprocal_rank", "mean_average_precision", "ndcg_at_10")
MACRO = ("macro_precision", "macro_recall", "macro_f1")


def embed_space(embedder: Embedder, space: LabelSpace, title: str = "") -> Vectors:
    """The vectors (n, dimensions) of all pictures of a label space, with a progress bar."""
    chunks = chunks_with_progress(space.paths, 64, title or space.name)
    return np.concatenate([embedder.embed([path.read_bytes() for path in chunk]) for chunk in chunks])


def retrieval(queries: Vectors, wanted: Labels, gallery: Vectors, labels: Labels) -> Measured:
    """Each query against the gallery."""
    return measure(answer(lambda some: some @ gallery.T, queries, wanted, labels), len(gallery))


def leave_one_out(vectors: Vectors, labels: Labels) -> Measured:
    """Each picture against all others; classes of a single picture are asked for nothing and left out."""
    asked = with_siblings(labels)
    answers = answer(lambda some: some @ vectors.T, vectors[asked], labels[asked], labels, asked)
    return measure(answers, len(vectors) - 1)


def with_siblings(labels: Labels) -> Labels:
    """The positions of the pictures whose class has others."""
    return np.flatnonzero(np.bincount(labels)[labels] > 1)


def across(embedder: Embedder, split: Split) -> Rows:
    """What is held out against what is trained on; where nothing is held out, each picture against all others."""
    gallery = embed_space(embedder, split.train)
    if split.held_out is None:
        return [(f"{split.train.name}: leaving one out", leave_one_out(gallery, split.train.labels))]
    queries = embed_space(embedder, split.held_out)
    title = f"{split.train.name}: held out to train"
    return [(title, retrieval(queries, split.held_out.labels, gallery, split.train.labels))]


def measure(answers: Answers, gallery: int) -> Measured:
    """The figures of some queries; `gallery` says how many pictures each was compared with."""
    shares = dict(zip(SHARES, _per_query(answers).mean(axis=0).tolist(), strict=True))
    macro = dict(zip(MACRO, _macro(answers.wanted[None], answers.found[None])[0].tolist(), strict=True))
    return Measured(len(answers), gallery, **shares, **macro, worst_rank=float(answers.rank.max()))


def measure_intervals(answers: Answers, seed: int = 0, resamples: int = 1000) -> dict[str, Interval]:
    """The 95 % bootstrap interval of each figure of `measure`, over resampled queries."""
    shares = mean_intervals(_per_query(answers), seed, resamples)
    macro = classification_intervals(answers.found, answers.wanted, seed, resamples)
    return {**dict(zip(SHARES, shares, strict=True)), **{name: macro[name] for name in MACRO}}


def classification(predicted: Labels, actual: Labels) -> dict[str, float]:
    """Accuracy and macro precision, recall and F1 over the classes that occur in `actual`.

    A class that is never predicted has precision 0.
    """
    macro = _macro(actual[None], predicted[None])[0].tolist()
    return {"accuracy": float(np.mean(predicted == actual)), **dict(zip(MACRO, macro, strict=True))}


def classification_intervals(
    predicted: Labels, actual: Labels, seed: int = 0, resamples: int = 1000
) -> dict[str, Interval]:
    """The 95 % bootstrap interval of each figure of `classification`."""

    def figures(rows: Labels) -> Floats:
        right = (predicted == actual)[rows].mean(axis=1)
        return np.column_stack([right, _macro(actual[rows], predicted[rows])])

    width = max(len(actual), int(max(actual.max(), predicted.max())) + 1)
    found = intervals(figures, len(actual), width, seed, resamples)
    return dict(zip(("accuracy", *MACRO), found, strict=True))


def auroc(higher: Floats, lower: Floats) -> float:
    """How often a score of the first kind beats one of the second: 1 is perfect, 0.5 is chance."""
    wins = (higher[:, None] > lower[None, :]).mean() + 0.5 * (higher[:, None] == lower[None, :]).mean()
    return float(wins)


def table(rows: Rows) -> str:
    """The figures as a table in plain text that is Markdown as well."""
    lines = ["| measured | queries | gallery | R@1 | R@5 | macro recall | macro F1 |", "|---|---|---|---|---|---|---|"]
    for title, figures in rows:
        shares = (figures.recall_at_1, figures.recall_at_5, figures.macro_recall, figures.macro_f1)
        cells = " | ".join(f"{share:.3f}" for share in shares)
        lines.append(f"| {title} | {figures.queries} | {figures.gallery} | {cells} |")
    return "\n".join(lines)


def _per_query(answers: Answers) -> Floats:
    """What each query adds to each of SHARES, (n, 6)."""
    recalls = [answers.rank <= k for k in (1, 5, 10)]
    return np.column_stack([*recalls, 1.0 / answers.rank, answers.average_precision, answers.gain])


def _macro(actual: Labels, predicted: Labels) -> Floats:
    """Macro precision, recall and F1, (b, 3), of b classifications of n things, both (b, n)."""
    classes = int(max(actual.max(), predicted.max())) + 1
    of_class = _counts(actual, np.ones_like(actual, dtype=bool), classes)
    as_class = _counts(predicted, np.ones_like(actual, dtype=bool), classes)
    hits = _counts(actual, actual == predicted, classes)
    occurs = of_class > 0
    shares = (
        hits / np.maximum(as_class, 1),
        hits / np.maximum(of_class, 1),
        2 * hits / (of_class + as_class + ~occurs),
    )
    return np.column_stack([(share * occurs).sum(axis=1) / occurs.sum(axis=1) for share in shares])


def _counts(labels: Labels, counted: Labels, classes: int) -> Floats:
    cells = labels + classes * np.arange(len(labels))[:, None]
    counts = np.bincount(cells.ravel(), counted.ravel(), len(labels) * classes)
    return counts.astype(np.float64).reshape(len(labels), classes)
