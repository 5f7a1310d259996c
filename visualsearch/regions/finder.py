"""Find things in a photo with a small network of its own.

It sees the whole photo, whereas a search sees a centred square or a crop, so it needs a pass of its own anyway. It
works whatever network the shop searches with, also one trained by the shop (docs/decisions).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from visualsearch.embedding.card import BadCard
from visualsearch.embedding.preprocess import Input, normalise
from visualsearch.regions.boxes import Thing, read_boxes

DEFAULT = Path(__file__).parent / "weights" / "things.json"
STRIDE = 32  # pixels; the sides of the input are multiples of it
MIN_SIDE = 128  # pixels of the short side, however long the photo is


class Scaled(Protocol):
    """The card fields that preparing a picture needs: mean and standard deviation of values in [0, 1]."""

    @property
    def mean(self) -> Sequence[float]: ...
    @property
    def std(self) -> Sequence[float]: ...


@dataclass(frozen=True)
class FinderCard:
    """The finder's graph and how to feed it; the JSON beside the graph has the same fields.

    `long_side` is in pixels; `mean` and `std` apply to values in [0, 1].
    """

    sha256: str
    long_side: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    licence: str
    training: dict[str, Any]


class Finder:
    """A loaded finder. Safe to share between threads."""

    def __init__(self, card: FinderCard, graph: bytes, threads: int | None = None) -> None:
        from visualsearch.embedding.runtime_onnxruntime import Session  # noqa: PLC0415 - only processes that search photos load it

        self.card, self._session = card, Session(graph, threads)

    @classmethod
    def load(cls, path: Path = DEFAULT, threads: int | None = None) -> "Finder":
        """Load the finder of a card. Raises BadCard if the graph does not match it."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            card = FinderCard(**{**values, "mean": tuple(values["mean"]), "std": tuple(values["std"])})
            graph = path.with_suffix(".onnx").read_bytes()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadCard(f"{path} is not the card of a finder: {error}") from error
        if hashlib.sha256(graph).hexdigest() != card.sha256:
            raise BadCard(f"{path.with_suffix('.onnx')} does not match the card {path}: its sha256 differs.")
        return cls(card, graph, threads)

    def find(self, image: Image.Image) -> list[Thing]:
        """Return at most five things in an RGB picture, large and central ones first."""
        pictures = prepare(image, self.card, self.card.long_side)[None]
        return read_boxes(self._session.run({"pictures": pictures})[0][0])


def prepare(image: Image.Image, scaling: Scaled, long_side: int) -> Input:
    """Return the whole RGB picture as input (3, height, width), hardly distorted."""
    small = image.resize(input_size(image.size, long_side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return normalise(np.asarray(small), scaling.mean, scaling.std)


def input_size(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Return the input's width and height for a picture of `size`: multiples of STRIDE up to `long_side`."""
    scale = long_side / max(size) / STRIDE
    width, height = (min(long_side, max(MIN_SIDE, round(extent * scale) * STRIDE)) for extent in size)
    return width, height
