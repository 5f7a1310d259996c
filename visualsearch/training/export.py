"""Save a trained network as three files: the weights, an ONNX graph for CPU runtimes, and the card.

The graph reads its large constants as float16 from the weights file, each followed by a cast that runtimes fold while
they load. Nothing is stored twice, and inference runs in float32.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxscript import optimizer

from catalog.atomic_files import atomic_write
from visualsearch.embedding.card import SYMMETRIC, WEIGHTS, Card, Scaling, file_sha256, write_card
from visualsearch.embedding.network import EmbeddingNetwork, load_network, save_network

_MIN_HALVED = 64  # values; a smaller constant in float16 would not save the size of its cast
_MIN_SHARED = 512  # bytes; a reference to fewer is hardly smaller


@dataclass(frozen=True)
class Description:
    """The card's fields that cannot be derived from the files."""

    name: str
    licence: str
    input_size: int = 224
    crop: float = 0.875
    scaling: Scaling = SYMMETRIC
    match_threshold: float = -1.0
    training: Mapping[str, Any] = field(default_factory=dict)
    spread: tuple[float, ...] = ()


def save(network: EmbeddingNetwork, description: Description, path: Path) -> Card:
    """Write the card to `path`, which ends in .json, and weights and graph beside it; return the card.

    The graph is exported from the float16 weights as stored, so that both files hold the same network.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    weights, graph = path.with_suffix(".safetensors"), path.with_suffix(".onnx")
    save_network(network, weights)
    stored = load_network(weights, network.body)
    model = to_graph(stored, description.input_size)
    share_weights(model, weights.read_bytes())
    with atomic_write(graph) as file:
        onnx.save(model, file)
    card = Card(
        name=description.name,
        weights_sha256=file_sha256(weights),
        graph_sha256=file_sha256(graph),
        input_size=description.input_size,
        crop=description.crop,
        mean=description.scaling.mean,
        std=description.scaling.std,
        dimensions=stored.projection.out_features,
        pooling=f"GeM, p = {stored.pooling.p.item():.3f}",
        licence=description.licence,
        match_threshold=description.match_threshold,
        body=network.body,
        training=dict(description.training),
        spread=description.spread,
    )
    return write_card(card, path)


def to_graph(network: EmbeddingNetwork, input_size: int) -> onnx.ModelProto:
    """Export the network as ONNX: input `pictures` (n, 3, S, S) float32, output `vectors` (n, dimensions)."""
    example = torch.zeros(2, 3, input_size, input_size)
    program = torch.onnx.export(
        network.eval(),
        (example,),
        input_names=["pictures"],
        output_names=["vectors"],
        dynamic_shapes={"pictures": {0: torch.export.Dim("n")}},
        dynamo=True,
        verbose=False,
        optimize=False,
    )
    if program is None:
        raise RuntimeError("torch returned no graph")
    # Fold constants but not batch normalisation: runtimes fold that in float32 while they load, whereas folded weights
    # rounded to float16 would make the graph differ from the weights by a thousandth.
    optimizer.fold_constants(program.model)
    optimizer.remove_unused_nodes(program.model)
    model = program.model_proto
    for node in model.graph.node:
        del node.metadata_props[:]  # stack traces with paths of the exporting machine
        node.doc_string = ""
    halve_constants(model)
    onnx.checker.check_model(model)
    return model


def halve_constants(model: onnx.ModelProto) -> None:
    """Store the graph's large float32 constants as float16, each followed by a cast back to float32."""
    graph, casts = model.graph, []
    for constant in list(graph.initializer):
        if constant.data_type != TensorProto.FLOAT or np.prod(constant.dims) < _MIN_HALVED:
            continue
        name = constant.name
        half = numpy_helper.from_array(numpy_helper.to_array(constant).astype(np.float16), f"{name}.half")
        graph.initializer.remove(constant)
        graph.initializer.append(half)
        casts.append(helper.make_node("Cast", [half.name], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def share_weights(model: onnx.ModelProto, weights: bytes) -> None:
    """Make constants refer to the weights file if it holds the same bytes."""
    for constant in model.graph.initializer:
        offset = weights.find(constant.raw_data) if len(constant.raw_data) >= _MIN_SHARED else -1
        if offset < 0:
            continue
        length = len(constant.raw_data)
        constant.ClearField("raw_data")
        constant.data_location = TensorProto.EXTERNAL
        for key, value in (("location", WEIGHTS), ("offset", str(offset)), ("length", str(length))):
            constant.external_data.add(key=key, value=value)
