"""A network's graph cut off at its last feature map. Needs the `onnx` package, and is imported when it is asked for.

Any graph that ends as `network.EmbeddingNetwork` does can be cut, whenever it was exported: no file changes, and the
graph that embeds stays as it is.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

POOLS = ("ReduceMean", "GlobalAveragePool")


def cut(path: Path) -> bytes:
    """The graph from `pictures` (n, 3, S, S) to the maps (n, channels, h, w) that GeM is given, clamped as it does.

    Raises ValueError where the graph does not end in such a pooling.
    """
    model = onnx.load(path, load_external_data=False)
    name = _map_name(model.graph)
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    needed, kept = {name}, []
    for node in reversed(model.graph.node):  # which stand in the order in which they run
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    nodes = list(reversed(kept))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    for constant in list(model.graph.initializer):
        if constant.name not in needed:
            model.graph.initializer.remove(constant)
    return bytes(model.SerializeToString())


def _map_name(graph: onnx.GraphProto) -> str:
    makers = {output: node for node in graph.node for output in node.output}
    node = makers.get(graph.output[0].name)
    while node is not None and node.op_type not in POOLS:
        node = makers.get(node.input[0]) if node.input else None
    power = makers.get(node.input[0]) if node is not None else None
    if power is None or power.op_type != "Pow":
        raise ValueError("The graph does not end in a pooling that can be taken apart.")
    return str(power.input[0])
