import numpy as np
import onnx

from visualsearch.embedding.card import DEFAULT_CARD, WEIGHTS


def test_committed_graph_takes_any_batch_size_and_contains_no_paths() -> None:
    path = DEFAULT_CARD.with_suffix(".onnx")
    graph = onnx.load(path, load_external_data=False).graph
    assert graph.input[0].type.tensor_type.shape.dim[0].dim_param
    whole = [constant for constant in graph.initializer if constant.data_type == onnx.TensorProto.FLOAT]
    assert max(np.prod(constant.dims) for constant in whole) < 64, "large constants are stored as float16"
    assert b".py" not in path.read_bytes()


def test_committed_graph_reads_its_constants_from_the_weights_file() -> None:
    assert (
        DEFAULT_CARD.with_suffix(".onnx").stat().st_size < DEFAULT_CARD.with_suffix(".safetensors").stat().st_size / 10
    )
    graph = onnx.load(DEFAULT_CARD.with_suffix(".onnx"), load_external_data=False).graph
    places = {each.value for one in graph.initializer for each in one.external_data if each.key == "location"}
    assert places == {WEIGHTS}
