"""Runs the exported graph with ONNX Runtime, the CPU runtime of choice (docs/decisions/0004)."""

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
    # Threads that spin while they wait take the processor from the other web processes and the worker beside them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads:
        options.intra_op_num_threads = threads
    return OnnxRuntime(onnxruntime.InferenceSession(card.graph_path, options, providers=["CPUExecutionProvider"]))
