"""What a network answers to each picture held out: the figures of it, and the answers themselves to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visualsearch.embedding.embedder import Embedder, Vectors
from visualsearch.measuring.dataset import Labels, LabelSpace, Split
from visualsearch.measuring.metrics import Rows, embed_space, leave_one_out, retrieval

_ROWS = 512  # queries compared at once


@dataclass(frozen=True)
class Answer:
    """A picture that was asked, its class, the picture that came first with its class, and their cosine."""

    asked: Path
    wanted: str
    first: Path
    found: str
    score: float

    @property
    def is_right(self) -> bool:
        return self.wanted == self.found


def ask(embedder: Embedder, split: Split) -> tuple[Rows, list[Answer]]:
    """What is held out against what is trained on; where nothing is held out, each picture against all others."""
    space = split.train
    gallery = embed_space(embedder, space)
    if split.held_out is None:
        return [(f"{space.name}: leaving one out", leave_one_out(gallery, space.labels))], _leaving_one_out(
            space, gallery
        )
    queries = embed_space(embedder, split.held_out)
    figures = retrieval(queries, split.held_out.labels, gallery, space.labels)
    return [(f"{space.name}: held out to train", figures)], _answers(split.held_out, queries, space, gallery)


def _leaving_one_out(space: LabelSpace, vectors: Vectors) -> list[Answer]:
    asked = np.flatnonzero(np.bincount(space.labels)[space.labels] > 1)
    return _answers(space.subset(asked), vectors[asked], space, vectors, hidden=asked)


def _answers(
    asked: LabelSpace, queries: Vectors, space: LabelSpace, gallery: Vectors, hidden: Labels | None = None
) -> list[Answer]:
    nearest, scores = _nearest(queries, gallery, hidden)
    return [
        Answer(path, space.classes[label], space.paths[first], space.classes[space.labels[first]], float(score))
        for path, label, first, score in zip(asked.paths, asked.labels, nearest, scores, strict=True)
    ]


def _nearest(queries: Vectors, gallery: Vectors, hidden: Labels | None) -> tuple[Sequence[int], Sequence[float]]:
    nearest: list[int] = []
    best: list[float] = []
    for start in range(0, len(queries), _ROWS):
        scores = queries[start : start + _ROWS] @ gallery.T
        if hidden is not None:
            scores[np.arange(len(scores)), hidden[start : start + _ROWS]] = -np.inf
        nearest += scores.argmax(axis=1).tolist()
        best += scores.max(axis=1).tolist()
    return nearest, best
