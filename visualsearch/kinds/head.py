"""Name the kind of thing in a picture by its vector: a cosine with each everyday kind of goods, and their softmax.

Both must be high: the softmax says which kind it is, and the cosine whether it is any of them. The head reads vectors
of one network, the default one, which its card names by hash. A shop with a network of its own gets no names.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load

from visualsearch.embedding.card import BadCard
from visualsearch.embedding.vectors import unit_vectors

Floats = npt.NDArray[np.float32]

DEFAULT = Path(__file__).parent / "weights" / "kinds.json"
OTHER = "other"  # the output for everything that is none of the kinds


class Guess(NamedTuple):
    """A kind, a key of `vocabulary.NAMES`, and how likely it is."""

    kind: str
    probability: float


@dataclass(frozen=True)
class KindsCard:
    """The JSON beside the weights, which belong to one network. `kinds` are the outputs in order.

    Probabilities are the softmax of the cosines times `scale`. A kind is named from `least_probability` and
    `least_cosine` on.
    """

    sha256: str
    network_sha256: str
    kinds: tuple[str, ...]
    scale: float
    least_probability: float
    least_cosine: float
    licence: str
    training: dict[str, Any]


class KindsHead:
    """A loaded head. Safe to share between threads."""

    def __init__(self, card: KindsCard, weight: Floats) -> None:
        self.card, self._weight = card, weight

    @classmethod
    def load(cls, path: Path = DEFAULT) -> "KindsHead":
        """Load the head of a card. Raises BadCard if the weights do not match it."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            card = KindsCard(**{**values, "kinds": tuple(values["kinds"])})
            data = path.with_suffix(".safetensors").read_bytes()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadCard(f"{path} is not the card of a head for kinds: {error}") from error
        if hashlib.sha256(data).hexdigest() != card.sha256:
            raise BadCard(f"{path.with_suffix('.safetensors')} does not match the card {path}: its sha256 differs.")
        return cls(card, _read(data, card, path))

    def cosines(self, vectors: Floats) -> Floats:
        """Return the cosine of unit vectors (n, dimensions) with each kind, (n, kinds)."""
        return vectors @ self._weight.T

    def guess(self, vector: Floats) -> Guess | None:
        """Return the kind that a picture shows, or None if it is probably none of them."""
        cosines = self.cosines(vector)
        chances = softmax(self.card.scale * cosines)
        best = int(chances.argmax())
        is_clear = chances[best] >= self.card.least_probability and cosines[best] >= self.card.least_cosine
        is_kind = self.card.kinds[best] != OTHER
        return Guess(self.card.kinds[best], float(chances[best])) if is_clear and is_kind else None


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)


def _read(data: bytes, card: KindsCard, path: Path) -> Floats:
    try:
        weight = load(data)["weight"].astype(np.float32)
    except (SafetensorError, KeyError) as error:
        raise BadCard(f"{path.with_suffix('.safetensors')} does not hold the weights of a head: {error}") from error
    if weight.ndim != 2 or len(weight) != len(card.kinds):
        raise BadCard(f"{path.with_suffix('.safetensors')} does not have an output for each kind on the card {path}.")
    return unit_vectors(weight)
