"""A small network of our own that sees defects which no simple measure finds: blur, text, collages, screenshots.

It has 32,000 weights, sees a picture as a square of 192 pixels and takes about two milliseconds.
`manage.py train_defects` trained it on made defects (visualsearch/training/defects.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.embedding.card import BadCard

DEFAULT = Path(__file__).parent / "weights" / "defects.json"


@dataclass(frozen=True)
class DefectCard:
    """The graph's hash, its input and its outputs; the JSON beside the graph has the same fields.

    `outputs` names the values of the graph in their order; `limits` holds the value from which a picture needs a look,
    for each output that counts.
    """

    sha256: str
    side: int
    outputs: Sequence[str]
    limits: Mapping[str, float]
    licence: str
    training: Mapping[str, Any]


class DefectNetwork:
    """The loaded network. Safe to share between threads."""

    def __init__(self, card: DefectCard, graph: bytes, threads: int | None = None) -> None:
        from visualsearch.embedding.runtime_onnxruntime import Session  # noqa: PLC0415 - only workers load it

        self.card, self._session = card, Session(graph, threads)

    @classmethod
    def load(cls, path: Path = DEFAULT, threads: int | None = None) -> DefectNetwork:
        """Load the network of a card. Raises BadCard if the graph does not match it."""
        try:
            card = DefectCard(**json.loads(path.read_text(encoding="utf-8")))
            graph = path.with_suffix(".onnx").read_bytes()
        except (OSError, ValueError, TypeError) as error:
            raise BadCard(f"{path} is not the card of a network for defects: {error}") from error
        if hashlib.sha256(graph).hexdigest() != card.sha256:
            raise BadCard(f"{path.with_suffix('.onnx')} does not match the card {path}: its sha256 differs.")
        return cls(card, graph, threads)

    def scores(self, picture: Image.Image) -> dict[str, float]:
        """Score one RGB picture for each defect: 0.5 at the card's limit, from 0 to 1."""
        values = self._session.run({"pictures": prepare(picture, self.card.side)[None]})[0][0]
        named = dict(zip(self.card.outputs, values, strict=True))
        return {code: _logistic(float(named[code]) - limit) for code, limit in self.card.limits.items()}


def prepare(picture: Image.Image, side: int) -> npt.NDArray[np.float32]:
    """Return the network's input (3, side, side) of an RGB picture, squeezed into a square."""
    small = picture.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.ascontiguousarray((np.asarray(small) / np.float32(127.5) - 1).transpose(2, 0, 1), np.float32)


def _logistic(value: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))
