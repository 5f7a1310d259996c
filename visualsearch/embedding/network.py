"""The network: MobileNetV2 features, generalised-mean pooling, a linear projection, unit length.

- Body: Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv:1801.04381.
- Pooling: Radenović et al. 2018, "Fine-tuning CNN Image Retrieval with No Human Annotation", arXiv:1711.02512 (GeM).
- Unit vectors, so that a dot product is the cosine: Zhai & Wu 2019, "Classification is a Strong Baseline for Deep
  Metric Learning", arXiv:1811.12649.

2.2 million parameters in the body and 0.3 million in the projection: 5 MB as float16.
"""

from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional

from visualsearch.embedding.torchvision_models import mobilenet_v2

FEATURES = 1280
DIMENSIONS = 256


class GeM(nn.Module):
    """Generalised-mean pooling, (n, c, h, w) to (n, c): p = 1 is the mean, p towards infinity the maximum."""

    def __init__(self, p: float = 1.5, epsilon: float = 1e-6) -> None:
        super().__init__()
        self.p = nn.Parameter(torch.tensor(float(p)))
        self.epsilon = epsilon

    def forward(self, features: Tensor) -> Tensor:
        return features.clamp(min=self.epsilon).pow(self.p).mean(dim=(2, 3)).pow(1.0 / self.p)


class EmbeddingNetwork(nn.Module):
    """Pictures (n, 3, s, s), normalised as the card says, to unit vectors (n, dimensions)."""

    def __init__(self, dimensions: int = DIMENSIONS, p: float = 1.5) -> None:
        super().__init__()
        self.features = cast(nn.Sequential, mobilenet_v2().features)
        self.pooling = GeM(p)
        self.projection = nn.Linear(FEATURES, dimensions)

    def pool(self, pictures: Tensor) -> Tensor:
        """The pooled features (n, 1280) before the projection."""
        return cast(Tensor, self.pooling(self.features(pictures)))

    def describe(self, maps: Tensor) -> Tensor:
        """Feature maps (n, 1280, h, w), the body's last, as unit vectors."""
        return functional.normalize(self.projection(self.pooling(maps)), dim=1)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.describe(self.features(pictures))


def load_network(path: Path) -> EmbeddingNetwork:
    """The network with the weights of a safetensors file, as float32 and in evaluation mode."""
    state = {name: _as_float32(value) for name, value in load_file(path).items()}
    network = EmbeddingNetwork(dimensions=state["projection.weight"].shape[0])
    network.load_state_dict(state)
    return network.eval()


def save_network(network: EmbeddingNetwork, path: Path) -> None:
    """Write the weights as float16: half the size, and the vectors differ by less than the runtimes do."""
    state = {name: _as_float16(value).contiguous() for name, value in network.state_dict().items()}
    path.write_bytes(save(state))


def load_imagenet_body(network: EmbeddingNetwork, path: Path) -> None:
    """Fill the body from a classifier's state dict as `torchvision.models.mobilenet_v2` names it."""
    body = {n.removeprefix("features."): v for n, v in load_file(path).items() if n.startswith("features.")}
    network.features.load_state_dict({name: _as_float32(value) for name, value in body.items()})


def _as_float32(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def _as_float16(value: Tensor) -> Tensor:
    return value.half() if value.is_floating_point() else value
