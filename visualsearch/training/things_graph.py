"""Build the finder's graph: the first blocks of a network's body, and a head on its feature maps (see things.py)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper, shape_inference

from visualsearch.embedding.card import Card
from visualsearch.training.export import halve_constants
from visualsearch.training.plan import TrainingError

Weights = Mapping[str, npt.NDArray[np.float32]]

MAPS = ("fine", "coarse")  # a cell is 8 and 16 pixels wide
DISTANCES = (2, 4)  # cells, at which the head looks around


def trunk(card: Card) -> onnx.ModelProto:
    """Return the graph from pictures of any size to the feature maps MAPS, with its weights inside.

    Of two bodies side by side, it has the first. Raises TrainingError for a graph without such maps.
    """
    model = onnx.load(card.graph_path, load_external_data=False)
    names = _map_names(model)
    _include_weights(model.graph, card.weights_path.read_bytes())
    graph = model.graph
    del graph.output[:], graph.value_info[:]
    graph.node.extend(helper.make_node("Identity", [name], [output]) for name, output in zip(names, MAPS, strict=True))
    graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in MAPS)
    for name, size in zip("hw", graph.input[0].type.tensor_type.shape.dim[2:], strict=True):
        size.dim_param = name
    _drop_unused(graph)
    return model


def with_head(model: onnx.ModelProto, weights: Weights) -> onnx.ModelProto:
    """Return the trunk with a head; the output `things` is (n, 5, h / 16, w / 16), see regions/boxes.py."""
    graph = model.graph
    graph.initializer.extend(numpy_helper.from_array(value, f"head.{name}") for name, value in weights.items())
    constants = {"least": np.float32(-6), "most": np.float32(1), "parts": np.array([1, 4], dtype=np.int64)}
    graph.initializer.extend(numpy_helper.from_array(np.asarray(v), f"head.{name}") for name, v in constants.items())
    graph.node.extend(
        [
            _convolution("fine", MAPS[0], "from_fine", strides=[2, 2]),
            _convolution("coarse", MAPS[1], "from_coarse"),
            helper.make_node("Add", ["from_fine", "from_coarse"], ["both"]),
            helper.make_node("Relu", ["both"], ["hidden"]),
            _convolution("mix", "hidden", "mixed", pads=[1, 1, 1, 1]),
            helper.make_node("Add", ["mixed", "hidden"], ["added"]),
            helper.make_node("Relu", ["added"], ["hidden0"]),
            *(node for number in range(len(DISTANCES)) for node in _around(number, weights)),
            _convolution("out", f"hidden{len(DISTANCES)}", "raw"),
            helper.make_node("Split", ["raw", "head.parts"], ["raw_score", "raw_reach"], axis=1),
            helper.make_node("Sigmoid", ["raw_score"], ["score"]),
            helper.make_node("Clip", ["raw_reach", "head.least", "head.most"], ["clipped"]),
            helper.make_node("Exp", ["clipped"], ["reach"]),
            helper.make_node("Concat", ["score", "reach"], ["things"], axis=1),
        ]
    )
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("things", TensorProto.FLOAT, ["n", 5, "rows", "columns"]))
    halve_constants(model)
    onnx.checker.check_model(model)
    return model


def _around(number: int, weights: Weights) -> list[NodeProto]:
    """Return the nodes of things._Around."""
    name, hidden, distance = f"around.{number}", f"hidden{number}", DISTANCES[number]
    attributes = {
        "pads": [distance] * 4,
        "dilations": [distance] * 2,
        "group": len(weights[f"{name}.look.weight"]),
    }
    return [
        _convolution(f"{name}.look", hidden, f"look{number}", **attributes),
        helper.make_node("Relu", [f"look{number}"], [f"seen{number}"]),
        _convolution(f"{name}.mix", f"seen{number}", f"mixed{number}"),
        helper.make_node("Add", [hidden, f"mixed{number}"], [f"added{number}"]),
        helper.make_node("Relu", [f"added{number}"], [f"hidden{number + 1}"]),
    ]


def _convolution(name: str, source: str, target: str, **attributes: Any) -> NodeProto:
    return helper.make_node("Conv", [source, f"head.{name}.weight", f"head.{name}.bias"], [target], **attributes)


def _map_names(model: onnx.ModelProto) -> list[str]:
    """Return the inputs of the last two convolutions that halve the map; of two bodies side by side, in the first."""
    graph = shape_inference.infer_shapes(model).graph
    makers = {output: node for node in graph.node for output in node.output}
    sides = {
        value.name: value.type.tensor_type.shape.dim[2].dim_value
        for value in graph.value_info
        if len(value.type.tensor_type.shape.dim) == 4
    }
    whole = graph.input[0].type.tensor_type.shape.dim[2].dim_value
    found = []
    for part in (16, 32):
        halving = (
            node for node in graph.node
            if node.op_type == "Conv" and _stride(node) == 2 and sides.get(node.output[0]) == whole // part
        )  # fmt: skip
        node = next(halving, None)
        if node is None:
            raise TrainingError(f"The network's body does not shrink pictures to a {part}th of their size.")
        before = makers.get(node.input[0])
        found.append(before.input[0] if before is not None and before.op_type == "Pad" else node.input[0])
    return found


def _stride(node: NodeProto) -> int:
    return next((each.ints[0] for each in node.attribute if each.name == "strides"), 1)


def _include_weights(graph: onnx.GraphProto, weights: bytes) -> None:
    """Copy the constants that the graph reads from the weights file into the graph."""
    for constant in graph.initializer:
        if constant.data_location == TensorProto.EXTERNAL:
            place = {entry.key: entry.value for entry in constant.external_data}
            start, length = int(place["offset"]), int(place["length"])
            constant.raw_data = weights[start : start + length]
            constant.data_location = TensorProto.DEFAULT
            del constant.external_data[:]


def _drop_unused(graph: onnx.GraphProto) -> None:
    needed, reversed_nodes = set(MAPS), []
    for node in reversed(graph.node):  # nodes are in execution order
        if needed.intersection(node.output):
            needed.update(node.input)
            reversed_nodes.append(node)
    del graph.node[:]
    graph.node.extend(reversed(reversed_nodes))
    for constant in list(graph.initializer):
        if constant.name not in needed:
            graph.initializer.remove(constant)
