"""A body trained on ImageNet laid beside a network of ours, both seen through one projection. Nothing is trained.

What training on a few goods forgets, general features still know. Each half counts as much as the other: the network's
own output before it gets unit length, and the body's pooled features, each divided by its mean length. The projection
takes the principal components of the two, divided by their standard deviation to the power `whitening`: 0 favours
things of the same kind, 1 favours the same thing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from visualsearch.embedding.bodies import (
    EFFICIENTNET_LITE2,
    MOBILENET_V2,
    MOBILENET_V2_BESIDE_LITE2,
    find_body,
    mobilenet_v2_beside_lite2,
)
from visualsearch.embedding.card import SYMMETRIC, Scaling
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.training.plan import WHITENING, TrainingError
from visualsearch.training.start import pooled_features

Floats = npt.NDArray[np.float64]

_LOOKED_AT = 2500  # pictures
_FLOOR = 1e-4  # of the largest variance: fewer pictures than dimensions leave some with none to divide by


def join(
    network: EmbeddingNetwork,
    classifier: Mapping[str, Tensor],
    paths: Sequence[Path],
    whitening: float = WHITENING,
    scaling: Scaling = SYMMETRIC,
) -> EmbeddingNetwork:
    """Return a network of as many dimensions around both bodies; `paths` are pictures to find the components of.

    Raises TrainingError where the network has another body, or the weights belong to another body.
    """
    if network.body != MOBILENET_V2:
        raise TrainingError(f"A body can be laid beside {MOBILENET_V2}, not beside {network.body}.")
    joined = EmbeddingNetwork(network.projection.out_features, network.pooling.p.item(), MOBILENET_V2_BESIDE_LITE2)
    joined.features = mobilenet_v2_beside_lite2(network.features, _lite2(classifier))
    pooled = pooled_features(joined.eval(), paths, scaling, _LOOKED_AT)
    weight, bias = projection(pooled, *_linear(network.projection), whitening, network.projection.out_features)
    with torch.no_grad():
        joined.projection.weight.copy_(torch.from_numpy(weight))
        joined.projection.bias.copy_(torch.from_numpy(bias))
    return joined


def _lite2(classifier: Mapping[str, Tensor]) -> torch.nn.Sequential:
    body = find_body(EFFICIENTNET_LITE2)
    features = body.build()
    try:
        features.load_state_dict(body.state(classifier))
    except RuntimeError as error:
        raise TrainingError(f"These are not the weights of {EFFICIENTNET_LITE2}.") from error
    return features


def _linear(projection: torch.nn.Linear) -> tuple[Floats, Floats]:
    return (
        projection.weight.detach().numpy().astype(np.float64),
        projection.bias.detach().numpy().astype(np.float64),
    )


def projection(
    pooled: Floats, weight: Floats, bias: Floats, whitening: float, dimensions: int
) -> tuple[Floats, Floats]:
    """Return weight and bias of the projection of both halves; `weight` and `bias` project the left one alone."""
    channels = weight.shape[1]
    left, right = pooled[:, :channels] @ weight.T + bias, pooled[:, channels:]
    lengths = [np.linalg.norm(half, axis=1).mean() for half in (left, right)]
    halves = np.concatenate([left / lengths[0], right / lengths[1]], axis=1)
    middle = halves.mean(axis=0)
    variances, vectors = np.linalg.eigh(np.cov((halves - middle).T))
    kept = np.maximum(variances[::-1][:dimensions], _FLOOR * variances[-1] + 1e-12)
    components = (vectors[:, ::-1][:, :dimensions] / kept ** (whitening / 2)).T
    of_left, of_right = components[:, : len(bias)] / lengths[0], components[:, len(bias) :] / lengths[1]
    joined = np.concatenate([of_left @ weight, of_right], axis=1)
    scale = np.linalg.norm(joined, axis=1).mean()
    return joined / scale, (of_left @ bias - components @ middle) / scale
