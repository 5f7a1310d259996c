"""What a run starts from: a network of ours, or a body that was trained on ImageNet and never saw our pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from visualsearch.embedding.card import Card, file_sha256, read_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork, load_imagenet_body, load_network
from visualsearch.embedding.runtime import Batch
from visualsearch.training.dataset import LabelSpace
from visualsearch.training.progress import chunks_with_progress

LICENCE = "MIT; started from weights under Apache-2.0"
_LOOKED_AT = 1500  # pictures for the principal components: they hardly move with more
_WHITENING = 0.25  # exponent: mild whitening helps a frozen network, full whitening (0.5) hurts it


@dataclass(frozen=True)
class Start:
    """A network to train, and what its card will say about where it came from."""

    network: EmbeddingNetwork
    licence: str
    started_from: str
    previous: dict[str, Any]


class PooledRuntime:
    """The body alone: mean-pooled features of unit length, (n, 1280). The baseline that training has to beat."""

    name = "torch, pooled features"

    def __init__(self, network: EmbeddingNetwork) -> None:
        self._network = network.eval()

    def run(self, batch: Batch) -> Batch:
        with torch.inference_mode():
            vectors: Batch = torch.nn.functional.normalize(self._network.pool(torch.from_numpy(batch))).numpy()
        return vectors


def load_start(path: Path, spaces: Sequence[LabelSpace]) -> Start:
    """The network of a card (.json), or a new one around an ImageNet body (.safetensors, torchvision's names).

    The projection of a new one is set to the principal components of the pictures of `spaces`.
    """
    if path.suffix != ".safetensors":
        card = read_card(path)
        previous = {"name": card.name, "weights_sha256": card.weights_sha256, "data": card.training.get("data", {})}
        return Start(load_network(card.weights_path), card.licence, card.training["started_from"], previous)
    network = EmbeddingNetwork()
    load_imagenet_body(network, path)
    project_on_components(network.eval(), spaces)
    return Start(network, LICENCE, f"{path.name}, sha256 {file_sha256(path)}", {})


def frozen_embedder(path: Path) -> Embedder:
    """An ImageNet body as it is, its features averaged and compared by their cosine."""
    network = EmbeddingNetwork(p=1.0)
    load_imagenet_body(network, path)
    return Embedder(plain_card(f"frozen {path.stem}", network.projection.in_features), PooledRuntime(network))


def plain_card(name: str, dimensions: int) -> Card:
    """The card of a network that exists in memory only; pictures are prepared for it as for ours."""
    return Card(
        name=name,
        weights_sha256="",
        graph_sha256="",
        input_size=224,
        crop=0.875,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        dimensions=dimensions,
        pooling="",
        licence="",
    )


def project_on_components(network: EmbeddingNetwork, spaces: Sequence[LabelSpace]) -> None:
    """Set the projection to the leading principal components of the pooled features, mildly whitened."""
    features = _pooled(network, [path for space in spaces for path in space.paths])
    middle = features.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((features - middle).T))
    kept = network.projection.out_features
    weight = (vectors[:, ::-1][:, :kept] / np.maximum(values[::-1][:kept], 1e-9) ** _WHITENING).T
    weight /= np.linalg.norm(weight, axis=1).mean()
    with torch.no_grad():
        network.projection.weight.copy_(torch.from_numpy(weight.copy()))
        network.projection.bias.copy_(torch.from_numpy(-weight @ middle))


def _pooled(network: EmbeddingNetwork, paths: Sequence[Path]) -> npt.NDArray[np.float64]:
    some = [paths[i] for i in np.linspace(0, len(paths) - 1, min(len(paths), _LOOKED_AT)).astype(int)]
    embedder = Embedder(plain_card("start", network.projection.in_features), PooledRuntime(network))
    rows = []
    for chunk in chunks_with_progress(some, 32, "principal components"):
        inputs = np.stack([embedder.prepare(path.read_bytes()) for path in chunk])
        with torch.inference_mode():
            rows.append(network.pool(torch.from_numpy(inputs)).numpy())
    return np.concatenate(rows).astype(np.float64)
