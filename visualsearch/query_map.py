"""From an embedding to what is searched with: through the shop's own map, and to the chosen closeness.

Every search with a photo goes through here, also with a vector from the customer's own device, so that scores mean the
same everywhere. A score is the cosine of the query with a picture, divided by its cosine with the embedding itself: a
picture that is equal to the photo scores 1, however the query is turned.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from visualsearch.closeness import MAP_SHARES, axis_weights, default_step
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.models import Network, QueryMap
from visualsearch.photo import PhotoEmbedding, Vector

Matrix = npt.NDArray[np.float32]

NUMBER = "<f2"  # in the table
MAX_CACHED = 3  # maps per process, as many as loaded networks

_cached: OrderedDict[tuple[Any, ...], Matrix] = OrderedDict()


@dataclass(frozen=True)
class Probe:
    """A unit vector to search with. Its inner product with a picture, times `scale`, is the score."""

    vector: Vector
    scale: float = 1.0

    def score(self, picture: Vector) -> float:
        return min(1.0, self.scale * float(self.vector @ picture))


def make_probe(embedding: PhotoEmbedding, step: str | None = None) -> Probe:
    """Return the probe of an embedding, at the default closeness of a photo or product unless `step` is given."""
    step = step or default_step(is_of_product=embedding.is_of_product)
    turned, weights = _mapped(embedding.vector, embedding.network, step), axis_weights(embedding.network, step)
    if weights is not None:
        turned = turned * weights
    vector = unit_vectors(turned)
    cosine = float(vector @ embedding.vector)
    return Probe(vector, 1 / cosine if cosine > 0 else 1.0)


def seen_from(picture: Vector, embedding: PhotoEmbedding) -> Vector:
    """Return the unit vector whose cosine with the embedding tells as much as the picture's with its probe."""
    step = default_step(is_of_product=embedding.is_of_product)
    weights = axis_weights(embedding.network, step)
    return unit_vectors(_mapped(picture if weights is None else picture * weights, embedding.network, step))


def _mapped(vector: Vector, network: Network, step: str) -> Vector:
    matrix = find_matrix(network)
    if matrix is None:
        return vector
    share = MAP_SHARES[step]
    return share * (matrix @ vector) + (1 - share) * vector  # the matrix is symmetric


def find_matrix(network: Network) -> Matrix | None:
    """Return the map that queries of the network go through, if any. No query in a warm process."""
    if network.mapped_at is None or not settings.VISUALSEARCH_QUERY_MAP:
        return None
    key = (network.sha256, network.pk, network.mapped_at)
    if key not in _cached:
        data = QueryMap.objects.filter(network=network).values_list("matrix", flat=True).first()
        if not data:  # it was just removed
            return None
        _cached[key] = np.frombuffer(bytes(data), NUMBER).reshape(-1, network.dimensions).astype(np.float32)
        while len(_cached) > MAX_CACHED:
            _cached.popitem(last=False)
    return _cached.get(key)
