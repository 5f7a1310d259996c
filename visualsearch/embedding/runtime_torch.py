"""Runs the weights with torch, on the GPU if torch can use it."""

import torch

from visualsearch.embedding.card import BadCard, Card
from visualsearch.embedding.network import EmbeddingNetwork, load_network
from visualsearch.embedding.runtime import Batch


class TorchRuntime:
    name = "torch"

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
