"""What a fit of a projection gains with each epoch: on pictures held out, or else on those that it is fitted to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from catalog.atomic_files import atomic_write
from visualsearch.embedding.card import Scaling
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.measuring.dataset import Split
from visualsearch.measuring.metrics import retrieval
from visualsearch.training.initialisation import pooled_features
from visualsearch.training.projection import Floats, Labels, Pairs
from visualsearch.training.report import draw_curves

_MAX_QUERIES = 400  # of each data set


class Watched(NamedTuple):
    """Features of queries and of a gallery, with their labels."""

    name: str
    queries: Floats
    wanted: Labels
    gallery: Floats
    labels: Labels


class History:
    """Scores each epoch. `record` is called by `fit_projection`."""

    def __init__(self, watched: Sequence[Watched]) -> None:
        self._watched = watched
        self.epochs: list[dict[str, Any]] = []

    def record(self, loss: float | None, weight: Floats, bias: Floats) -> None:
        scores = {each.name: {"recall_at_1": _recall(each, weight, bias)} for each in self._watched}
        self.epochs.append({"epoch": len(self.epochs) - 1, "loss": loss, "scores": scores})  # the first is the start

    def draw(self, path: Path) -> None:
        """Write the curves as a PNG."""
        with atomic_write(path) as file:
            file.write(draw_curves(self.epochs))


def watch(network: EmbeddingNetwork, splits: Sequence[Split], pairs: Pairs, scaling: Scaling) -> History:
    """Return the history of a fit to `pairs`, which are of the splits' training pictures."""
    watched, first = [], 0
    for number, split in enumerate(splits):
        rows = pairs.spaces == number
        labels = np.where(pairs.classes >= 0, pairs.classes, pairs.products)[rows]
        if split.held_out is not None and len(split.held_out):
            held_out = split.held_out.subset(np.linspace(0, len(split.held_out) - 1, _MAX_QUERIES).astype(int))
            queries = pooled_features(network, held_out.paths, scaling, len(held_out)).astype(np.float32)
            wanted, name = held_out.labels + first, f"{split.train.name}, held out"
        else:
            queries, wanted, name = pairs.photos[rows], labels, f"{split.train.name}, taken again"
        if len(labels):
            watched.append(Watched(name, queries, wanted, pairs.pictures[rows], labels))
        first += len(split.train)
    return History(watched)


def _recall(watched: Watched, weight: Floats, bias: Floats) -> float:
    queries, gallery = (unit_vectors(each @ weight.T + bias) for each in (watched.queries, watched.gallery))
    return float(retrieval(queries, watched.wanted, gallery, watched.labels).recall_at_1)
