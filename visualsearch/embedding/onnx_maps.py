"""Cut a network's graph at its last feature map, for heat maps.

Works for any graph that ends like `network.EmbeddingNetwork`, whenever it was exported; the file is not changed.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

POOLS = ("ReduceMean", "GlobalAveragePool")


def cut(path: Path) -> bytes:
    """Return the graph from `pictures` (n, 3, S, S) to the clamped maps (n, channels, h, w) that GeM pools.

    Raises ValueError if the graph does not end in GeM.
    """
    model = onnx.load(path, load_external_data=False)
    name = _map_name(model.graph)
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    needed, reversed_nodes = {name}, []
    for node in reversed(model.graph.node):  # nodes are in execution order
        if needed.intersection(node.output):
            needed.update(node.input)
            reversed_nodes.append(node)
    nodes = list(reversed(reversed_nodes))
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
        raise ValueError("The graph does not end in GeM pooling.")
    return str(power.input[0])
