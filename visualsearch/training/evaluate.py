"""How well vectors find what they should: recall at k, accuracy, macro recall and macro F1, all as fractions.

Measured through the same Embedder that serves the shop.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from visualsearch.embedding.embedder import Embedder, Vectors
from visualsearch.training.dataset import Labels, LabelSpace, Split
from visualsearch.training.progress import chunks_with_progress

_ROWS = 512  # queries compared at once: 512 x 100,000 scores are 200 MB


@dataclass(frozen=True)
class Measured:
    """The figures of one comparison, with the number of queries and of gallery pictures behind them."""

    queries: int
    gallery: int
    recall_at_1: float
    recall_at_5: float
    macro_recall: float
    macro_f1: float

    def as_row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


Rows = list[tuple[str, Measured]]


def embed_space(embedder: Embedder, space: LabelSpace, title: str = "") -> Vectors:
    """The vectors (n, dimensions) of all pictures of a label space, with a progress bar."""
    chunks = chunks_with_progress(space.paths, 64, title or space.name)
    return np.concatenate([embedder.embed([path.read_bytes() for path in chunk]) for chunk in chunks])


def retrieval(queries: Vectors, wanted: Labels, gallery: Vectors, labels: Labels) -> Measured:
    """Each query against the gallery. A class counts once, with its best picture: results are products."""
    return _measure(wanted, ranked_classes(queries, gallery, labels), len(gallery))


def leave_one_out(vectors: Vectors, labels: Labels) -> Measured:
    """Each picture against all others; classes of a single picture are asked for nothing and left out."""
    asked = np.flatnonzero(np.bincount(labels)[labels] > 1)
    return _measure(labels[asked], ranked_classes(vectors[asked], vectors, labels, hidden=asked), len(vectors) - 1)


def across(embedder: Embedder, split: Split) -> Rows:
    """What is held out against what is trained on; where nothing is held out, each picture against all others."""
    gallery = embed_space(embedder, split.train)
    if split.held_out is None:
        return [(f"{split.train.name}: leaving one out", leave_one_out(gallery, split.train.labels))]
    queries = embed_space(embedder, split.held_out)
    title = f"{split.train.name}: held out to train"
    return [(title, retrieval(queries, split.held_out.labels, gallery, split.train.labels))]


def ranked_classes(
    queries: Vectors, gallery: Vectors, labels: Labels, hidden: Labels | None = None, first: int = 5
) -> Labels:
    """The `first` nearest classes of each query, (n, first), nearest first.

    `hidden[i]` is the gallery position that query i must not be compared with: itself.
    """
    order = np.argsort(labels, kind="stable")
    classes, starts = np.unique(labels[order], return_index=True)
    parts = []
    for start in range(0, len(queries), _ROWS):
        scores = queries[start : start + _ROWS] @ gallery.T
        if hidden is not None:
            scores[np.arange(len(scores)), hidden[start : start + _ROWS]] = -np.inf
        best = np.maximum.reduceat(scores[:, order], starts, axis=1)
        parts.append(classes[np.argsort(-best, axis=1, kind="stable")[:, :first]])
    return np.concatenate(parts)


def classification(predicted: Labels, actual: Labels) -> dict[str, float]:
    """Accuracy, macro recall and macro F1 over the classes that occur in `actual`."""
    recalls, scores = [], []
    for label in np.unique(actual):
        hits = float(np.sum((predicted == label) & (actual == label)))
        recalls.append(hits / np.sum(actual == label))
        scores.append(2 * hits / (np.sum(predicted == label) + np.sum(actual == label)))
    return {
        "accuracy": float(np.mean(predicted == actual)),
        "macro_recall": float(np.mean(recalls)),
        "macro_f1": float(np.mean(scores)),
    }


def table(rows: Rows) -> str:
    """The figures as a table in plain text that is Markdown as well."""
    lines = ["| measured | queries | gallery | R@1 | R@5 | macro recall | macro F1 |", "|---|---|---|---|---|---|---|"]
    for title, figures in rows:
        shares = (figures.recall_at_1, figures.recall_at_5, figures.macro_recall, figures.macro_f1)
        cells = " | ".join(f"{share:.3f}" for share in shares)
        lines.append(f"| {title} | {figures.queries} | {figures.gallery} | {cells} |")
    return "\n".join(lines)


def _measure(wanted: Labels, ranked: npt.NDArray[np.int64], gallery: int) -> Measured:
    found = ranked == wanted[:, None]
    shares = classification(ranked[:, 0], wanted)
    return Measured(
        queries=len(wanted),
        gallery=gallery,
        recall_at_1=float(found[:, :1].any(axis=1).mean()),
        recall_at_5=float(found[:, :5].any(axis=1).mean()),
        macro_recall=shares["macro_recall"],
        macro_f1=shares["macro_f1"],
    )
