"""Runs the exported graph with ONNX Runtime."""

import onnxruntime

from visualsearch.embedding.card import Card
from visualsearch.embedding.runtime import Batch


class OnnxRuntime:
    name = "onnxruntime"

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    def run(self, batch: Batch) -> Batch:
        vectors: Batch = self._session.run(None, {"pictures": batch})[0]
        return vectors


def load(card: Card, threads: int | None) -> OnnxRuntime:
    options = onnxruntime.SessionOptions()
    if threads:
        options.intra_op_num_threads = threads
    return OnnxRuntime(onnxruntime.InferenceSession(card.graph_path, options, providers=["CPUExecutionProvider"]))
