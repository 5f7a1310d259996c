"""Several embeddings as one query: photos of one thing, and products to search towards or away from."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from visualsearch.embedding.colours import Colours
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.photo import PhotoEmbedding, Vector

# Rocchio 1971, with more weight for what was disliked: of pictures, the likes alone hardly move the rest.
TOWARDS = 0.8
AWAY = 0.5


def mean_of(embeddings: Sequence[PhotoEmbedding]) -> PhotoEmbedding:
    """Return the mean direction of embeddings by one network."""
    first = embeddings[0]
    vector = _mean([each.vector for each in embeddings])
    return PhotoEmbedding(vector, first.network, _mean_colours(embeddings), first.is_of_product)


def shifted(
    embedding: PhotoEmbedding, more: Sequence[PhotoEmbedding], less: Sequence[PhotoEmbedding]
) -> PhotoEmbedding:
    """Move the query towards some embeddings and away from others; all are by one network."""
    if not (more or less):
        return embedding
    vector = embedding.vector.copy()
    colours = None if embedding.colours is None else embedding.colours.copy()
    for examples, step in ((more, TOWARDS), (less, -AWAY)):
        if examples:
            centre = mean_of(examples)
            vector += step * centre.vector
            if colours is not None and centre.colours is not None:
                colours += step * centre.colours
    if colours is not None:
        colours = unit_vectors(np.maximum(colours, 0))
    return replace(embedding, vector=unit_vectors(vector), colours=colours)


def _mean(vectors: Sequence[Vector]) -> Vector:
    return unit_vectors(np.mean(vectors, axis=0, dtype=np.float32))


def _mean_colours(embeddings: Sequence[PhotoEmbedding]) -> Colours | None:
    known = [each.colours for each in embeddings if each.colours is not None]
    return _mean(known) if known else None
