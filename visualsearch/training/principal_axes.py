"""Turn a projection to the principal axes of its own output, which `visualsearch.closeness` scales.

A rotation changes no cosine, so the network stays the same network.
"""

import numpy as np
import torch

from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.training.initialisation import Floats

_MIN_SPREAD = 0.01  # of the largest: with fewer pictures than dimensions, some are 0


def align(network: EmbeddingNetwork, pooled: Floats) -> tuple[float, ...]:
    """Rotate the projection so that its outputs are uncorrelated, the widest first; return `measure_spread`.

    `pooled` holds features (n, channels) of a sample of pictures.
    """
    weight, bias = _projection(network)
    variances, axes = np.linalg.eigh(np.cov((pooled @ weight.T + bias).T))
    rotation = axes[:, np.argsort(variances)[::-1]].T
    with torch.no_grad():
        network.projection.weight.copy_(torch.from_numpy(rotation @ weight))
        network.projection.bias.copy_(torch.from_numpy(rotation @ bias))
    return measure_spread(network, pooled)


def measure_spread(network: EmbeddingNetwork, pooled: Floats) -> tuple[float, ...]:
    """Return the standard deviation of each output before normalisation, for the card."""
    weight, bias = _projection(network)
    spread = (pooled @ weight.T + bias).std(axis=0)
    return tuple(float(f"{each:.4g}") for each in np.maximum(spread, _MIN_SPREAD * spread.max()))


def _projection(network: EmbeddingNetwork) -> tuple[Floats, Floats]:
    weight, bias = (each.detach().cpu().numpy().astype(np.float64) for each in network.projection.parameters())
    return weight, bias
