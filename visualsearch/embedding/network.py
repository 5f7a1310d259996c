"""The network: CNN features, generalised-mean pooling, a linear projection, and normalisation to unit length.

- Body: Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv:1801.04381, or another of
  `bodies.py`.
- Pooling: Radenović et al. 2018, "Fine-tuning CNN Image Retrieval with No Human Annotation", arXiv:1711.02512 (GeM).
- Unit vectors, whose dot product is the cosine: Zhai & Wu 2019, "Classification is a Strong Baseline for Deep
  Metric Learning", arXiv:1811.12649.

With MobileNetV2 it has 2.2 million parameters in the body and 0.3 million in the projection: 5 MB as float16.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional

from catalog.atomic_files import atomic_write
from visualsearch.embedding.bodies import MOBILENET_V2, find_body

DIMENSIONS = 256


class GeM(nn.Module):
    """Generalised-mean pooling, (n, c, h, w) to (n, c): the mean for p = 1, the maximum as p grows."""

    def __init__(self, p: float = 1.5, epsilon: float = 1e-6) -> None:
        super().__init__()
        self.p = nn.Parameter(torch.tensor(float(p)))
        self.epsilon = epsilon

    def forward(self, features: Tensor) -> Tensor:
        return features.clamp(min=self.epsilon).pow(self.p).mean(dim=(2, 3)).pow(1.0 / self.p)


class EmbeddingNetwork(nn.Module):
    """Normalised pictures (n, 3, s, s) to unit vectors (n, dimensions)."""

    def __init__(self, dimensions: int = DIMENSIONS, p: float = 1.5, body: str = MOBILENET_V2) -> None:
        super().__init__()
        self.body = body
        self.features = find_body(body).build()
        self.pooling = GeM(p)
        self.projection = nn.Linear(find_body(body).channels, dimensions)

    def pool(self, pictures: Tensor) -> Tensor:
        """Return the pooled features (n, channels) before the projection."""
        pooled: Tensor = self.pooling(self.features(pictures))
        return pooled

    def describe(self, maps: Tensor) -> Tensor:
        """Return unit vectors for the body's last feature maps (n, channels, h, w)."""
        return functional.normalize(self.projection(self.pooling(maps)), dim=1)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.describe(self.features(pictures))


def load_network(path: Path, body: str = MOBILENET_V2) -> EmbeddingNetwork:
    """Load a network from a safetensors file, as float32 and in evaluation mode.

    Raises ValueError if the weights do not fit the body.
    """
    state = {name: _as_float32(value) for name, value in load_file(path).items()}
    try:
        network = EmbeddingNetwork(len(state["projection.weight"]), body=body)
        network.load_state_dict(state)
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"{path} does not hold the weights of a network around {body}.") from error
    return network.eval()


def save_network(network: EmbeddingNetwork, path: Path) -> None:
    """Write the weights as float16: half the size, and vectors change by less than between runtimes."""
    state = {name: _as_float16(value).contiguous() for name, value in network.state_dict().items()}
    with atomic_write(path) as file:
        file.write(save(state))


def fill_body(network: EmbeddingNetwork, classifier: Mapping[str, Tensor]) -> None:
    """Load the body's weights from the state dict of a classifier. Raises ValueError if they do not fit."""
    state = find_body(network.body).state(classifier)
    try:
        network.features.load_state_dict({name: _as_float32(value) for name, value in state.items()})
    except RuntimeError as error:
        raise ValueError(f"These are not the weights of torchvision's {network.body}.") from error


def _as_float32(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def _as_float16(value: Tensor) -> Tensor:
    return value.half() if value.is_floating_point() else value
