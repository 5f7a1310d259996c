"""The card of a network: everything needed to use its weights, as JSON beside them.

A network is three files with one stem: `default.safetensors` (weights, float16), `default.onnx` (the graph for CPU
runtimes, which reads its large constants from the weights) and `default.json` (this card). The idea is Mitchell et
al. 2019, "Model Cards for Model Reporting".
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from catalog.atomic_files import atomic_write_text

DEFAULT_CARD = Path(__file__).parent / "weights" / "default.json"
WEIGHTS = "weights"  # the name of the weights file inside a graph, whatever its name on disk


class Scaling(NamedTuple):
    """Mean and standard deviation of red, green and blue values in [0, 1]."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


SYMMETRIC = Scaling((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))  # to [-1, 1]
IMAGENET = Scaling((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # torchvision's own weights
LITE = Scaling((127 / 255,) * 3, (128 / 255,) * 3)  # TensorFlow's EfficientNet-Lite: (x - 127) / 128


class BadCard(ValueError):
    """The card is missing or incomplete, or does not match the files beside it."""


class CardFile(NamedTuple):
    """A file beside a card, and its hash."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Card:
    """One network. `input_size` is in pixels, `crop` is a share of the short side, `mean` and `std` apply to [0, 1].

    `body` is a key of `bodies.BODIES`; older cards do not name it. If the top score of a photo, a cosine, is below
    `match_threshold`, the shop probably does not sell what it shows.

    `spread` is the standard deviation of each dimension before normalisation, if the dimensions are principal axes of
    the output; `closeness.py` needs it. Older networks have none.
    """

    name: str
    weights_sha256: str
    graph_sha256: str
    input_size: int
    crop: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    dimensions: int
    pooling: str
    licence: str
    match_threshold: float = -1.0
    body: str = "mobilenet_v2"
    training: dict[str, Any] = field(default_factory=dict)
    spread: tuple[float, ...] = ()
    path: Path | None = field(default=None, compare=False)

    @property
    def identity(self) -> str:
        """The name with a hash of the weights, which identifies a network."""
        return f"{self.name}@{self.weights_sha256[:12]}"

    @property
    def weights_path(self) -> Path:
        return self._beside(".safetensors")

    @property
    def graph_path(self) -> Path:
        return self._beside(".onnx")

    @property
    def weights(self) -> CardFile:
        return CardFile(self.weights_path, self.weights_sha256)

    @property
    def graph(self) -> CardFile:
        return CardFile(self.graph_path, self.graph_sha256)

    def _beside(self, suffix: str) -> Path:
        if self.path is None:
            raise BadCard(f"The card of {self.name} has not been saved, so it has no files.")
        return self.path.with_suffix(suffix)


def read_card(path: Path | str) -> Card:
    """Read a card, or the only card of a folder. Raises BadCard."""
    path = _find(Path(path))
    try:
        return card_of(json.loads(path.read_text(encoding="utf-8")), path)
    except (OSError, ValueError) as error:
        raise BadCard(f"{path} is not the card of a network: {error}") from error


def card_of(values: Mapping[str, Any], path: Path | None = None) -> Card:
    """Return the card with the values of its JSON. Raises BadCard if they do not make a card."""
    try:
        lists = {name: tuple(values[name]) for name in ("mean", "std")}
        return Card(**{**values, **lists, "spread": tuple(values.get("spread", ()))}, path=path)
    except (KeyError, TypeError) as error:
        raise BadCard(f"it is incomplete or has unknown fields: {error}") from error


def write_card(card: Card, path: Path) -> Card:
    """Write the card as JSON and return it with its path."""
    values = asdict(card)
    del values["path"]
    with atomic_write_text(path) as file:
        file.write(json.dumps(values, indent=2, ensure_ascii=False) + "\n")
    return read_card(path)


def plain_card(name: str, dimensions: int, scaling: Scaling = SYMMETRIC) -> Card:
    """Return the card of a network in memory, with the input size and crop of our networks."""
    return Card(
        name=name,
        weights_sha256="",
        graph_sha256="",
        input_size=224,
        crop=0.875,
        mean=scaling.mean,
        std=scaling.std,
        dimensions=dimensions,
        pooling="",
        licence="",
    )


def check_files(card: Card) -> None:
    """Raise BadCard unless the weights and the graph have the hashes on the card."""
    for path, expected in (card.weights, card.graph):
        if not path.is_file():
            raise BadCard(f"{path} is missing; the card {card.path} needs it.")
        if file_sha256(path) != expected:
            raise BadCard(f"{path} does not match the card {card.path}: its sha256 differs.")


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find(path: Path) -> Path:
    if not path.is_dir():
        return path
    cards = [candidate for candidate in sorted(path.glob("*.json")) if candidate.with_suffix(".safetensors").exists()]
    if len(cards) != 1:
        raise BadCard(f"{path} holds {len(cards)} networks; give the card of one.")
    return cards[0]
