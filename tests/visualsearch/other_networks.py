"""Real networks besides the default network, made in a second: its body with another projection, as weights and graph.

A random projection keeps most of the body's information, less with fewer dimensions. With more dimensions than the
default network has, it is a rotation, which keeps every cosine.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file

from visualsearch.embedding.card import DEFAULT_CARD, WEIGHTS, file_sha256


def make_network(
    folder: Path, dimensions: int = 96, name: str = "other", seed: int = 1, turn: np.ndarray | None = None
) -> Path:
    """Return the card of a network with this many dimensions, and write its files. `turn` maps the default output."""
    folder.mkdir(parents=True, exist_ok=True)
    card = folder / f"{name}.json"
    weights = load_file(DEFAULT_CARD.with_suffix(".safetensors"))
    if turn is None:
        turn = np.random.default_rng(seed).normal(size=(dimensions, weights["projection.bias"].size)) / 16
        if dimensions > weights["projection.bias"].size:
            turn = np.linalg.qr(turn)[0]
    for part in ("weight", "bias"):
        weights[f"projection.{part}"] = (turn @ weights[f"projection.{part}"].astype(np.float32)).astype(np.float16)
    save_file(weights, card.with_suffix(".safetensors"))
    _save_graph(weights, dimensions, card.with_suffix(".onnx"))
    described = json.loads(DEFAULT_CARD.read_text()) | {
        "name": name,
        "dimensions": dimensions,
        "spread": [],
        "weights_sha256": file_sha256(card.with_suffix(".safetensors")),
        "graph_sha256": file_sha256(card.with_suffix(".onnx")),
    }
    card.write_text(json.dumps(described))
    return card


def _save_graph(weights: dict[str, np.ndarray], dimensions: int, path: Path) -> None:
    model = whole_graph(path.parent)
    for constant in list(model.graph.initializer):
        if constant.name.startswith("projection."):
            values = weights[constant.name.removesuffix(".half")]
            constant.CopyFrom(numpy_helper.from_array(values, constant.name))
    for node in model.graph.node:
        for attribute in node.attribute if node.op_type == "Constant" else []:
            if list(attribute.ints) == [256]:  # the shape to which the length is broadcast
                attribute.ints[:] = [dimensions]
    del model.graph.value_info[:]  # intermediate shapes, which runtimes infer
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = dimensions
    onnx.save(model, path)


def whole_graph(folder: Path) -> onnx.ModelProto:
    """Return the default graph with embedded weights, as other exporters write it; `folder` takes scratch files."""
    model = onnx.load(DEFAULT_CARD.with_suffix(".onnx"), load_external_data=False)
    shutil.copy(DEFAULT_CARD.with_suffix(".safetensors"), folder / WEIGHTS)
    onnx.external_data_helper.load_external_data_for_model(model, str(folder))
    (folder / WEIGHTS).unlink()
    return model
