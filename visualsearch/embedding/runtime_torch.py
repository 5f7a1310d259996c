"""Run the weights with torch, on a GPU if torch finds one."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from visualsearch.embedding.card import BadCard, Card, plain_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork, fill_body, load_network
from visualsearch.embedding.runtime import Batch

BATCH = 16  # pictures; enough for a GPU


class TorchRuntime:
    name = "torch"
    batch = BATCH

    def __init__(self, network: EmbeddingNetwork, device: str | None = None) -> None:
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._network = network.eval().to(self._device)

    def run(self, batch: Batch) -> Batch:
        with torch.inference_mode():
            vectors: Batch = self._network(torch.from_numpy(batch).to(self._device)).cpu().numpy()
        return vectors

    def maps(self, batch: Batch) -> Batch:
        with torch.inference_mode():
            found: Batch = self._network.features(torch.from_numpy(batch).to(self._device)).cpu().numpy()
        return found


def load(card: Card, threads: int | None) -> TorchRuntime:
    if threads:
        torch.set_num_threads(threads)
    try:
        network = load_network(card.weights_path, card.body)
    except ValueError as error:
        raise BadCard(f"{card.path} cannot be loaded: {error}") from error
    return TorchRuntime(network)


class PooledRuntime:
    """The body alone: mean-pooled features (n, channels) of unit length, a baseline for training."""

    name = "torch, pooled features"
    batch = BATCH

    def __init__(self, network: EmbeddingNetwork) -> None:
        self._network = network.eval()

    def run(self, batch: Batch) -> Batch:
        with torch.inference_mode():
            vectors: Batch = torch.nn.functional.normalize(self._network.pool(torch.from_numpy(batch))).numpy()
        return vectors


def frozen_embedder(path: Path) -> Embedder:
    """Return an embedder of mean-pooled features of MobileNetV2 with ImageNet weights."""
    network = EmbeddingNetwork(p=1.0)
    fill_body(network, load_file(path))
    return Embedder(plain_card(f"frozen {path.stem}", network.projection.in_features), PooledRuntime(network))
