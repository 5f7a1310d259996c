"""Join a body trained on ImageNet to one of our networks, behind one projection. Nothing is trained.

General features still separate what fine-tuning on a few kinds of products forgets. The two halves are the network's
output before normalisation and the body's pooled features, each divided by its mean length, so that they weigh the
same. The projection takes the principal components of both, divided by their standard deviation to the power
`whitening`: 0 favours products of the same kind, 1 favours the same product.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from visualsearch.embedding.bodies import (
    EFFICIENTNET_LITE2,
    MOBILENET_V2,
    MOBILENET_V2_BESIDE_LITE2,
    find_body,
    mobilenet_v2_beside_lite2,
)
from visualsearch.embedding.card import SYMMETRIC, Scaling
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.training.initialisation import Floats, pooled_features, principal_components
from visualsearch.training.plan import WHITENING, TrainingError
from visualsearch.training.principal_axes import measure_spread

_SAMPLE = 2500  # pictures for the principal components


class Joined(NamedTuple):
    """A joined network, and the spread of its outputs for its card."""

    network: EmbeddingNetwork
    spread: tuple[float, ...]


def join(
    network: EmbeddingNetwork,
    classifier: Mapping[str, Tensor],
    paths: Sequence[Path],
    whitening: float = WHITENING,
    scaling: Scaling = SYMMETRIC,
) -> Joined:
    """Return a network around both bodies with the same dimensions; the pictures give the principal components.

    Raises TrainingError if the network has another body, or the classifier is not EfficientNet-Lite2.
    """
    if network.body != MOBILENET_V2:
        raise TrainingError(f"A second body can be joined to {MOBILENET_V2}, not to {network.body}.")
    joined = EmbeddingNetwork(network.projection.out_features, network.pooling.p.item(), MOBILENET_V2_BESIDE_LITE2)
    joined.features = mobilenet_v2_beside_lite2(network.features, _load_lite2(classifier))
    pooled = pooled_features(joined.eval(), paths, scaling, _SAMPLE)
    left_weight, left_bias = (each.detach().numpy().astype(np.float64) for each in network.projection.parameters())
    weight, bias = joined_projection(pooled, left_weight, left_bias, whitening, len(left_bias))
    with torch.no_grad():
        joined.projection.weight.copy_(torch.from_numpy(weight))
        joined.projection.bias.copy_(torch.from_numpy(bias))
    return Joined(joined, measure_spread(joined, pooled))


def joined_projection(
    pooled: Floats, weight: Floats, bias: Floats, whitening: float, dimensions: int
) -> tuple[Floats, Floats]:
    """Return weight and bias of the projection of both halves; `weight` and `bias` project the left half alone."""
    channels = weight.shape[1]
    left, right = pooled[:, :channels] @ weight.T + bias, pooled[:, channels:]
    lengths = [np.linalg.norm(half, axis=1).mean() for half in (left, right)]
    halves = np.concatenate([left / lengths[0], right / lengths[1]], axis=1)
    components, mean = principal_components(halves, dimensions, whitening)
    left_part, right_part = components[:, : len(bias)] / lengths[0], components[:, len(bias) :] / lengths[1]
    joined = np.concatenate([left_part @ weight, right_part], axis=1)
    scale = np.linalg.norm(joined, axis=1).mean()
    return joined / scale, (left_part @ bias - components @ mean) / scale


def _load_lite2(classifier: Mapping[str, Tensor]) -> nn.Sequential:
    body = find_body(EFFICIENTNET_LITE2)
    features = body.build()
    try:
        features.load_state_dict(body.state(classifier))
    except RuntimeError as error:
        raise TrainingError(f"These are not the weights of {EFFICIENTNET_LITE2}.") from error
    return features
