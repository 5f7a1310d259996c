"""Run the exported graph with ONNX Runtime, the default on CPUs (docs/decisions/0004)."""

import os
import threading
from pathlib import Path

import onnxruntime

from visualsearch.embedding.card import WEIGHTS, Card
from visualsearch.embedding.runtime import Batch

# Each pass at the same time holds feature maps of its own, and more of them than cores are not faster.
PASSES = threading.BoundedSemaphore(os.cpu_count() or 1)


class OnnxRuntime:
    name = "onnxruntime"
    # Feature maps of one picture fit the CPU's cache. Those of 16 take a fifth more time, and 400 MB.
    batch = 1

    def __init__(self, card: Card, threads: int | None = None) -> None:
        self._card, self._threads = card, threads
        self._session = _session(card.graph_path.read_bytes(), card.weights_path, threads)
        self._mapping = threading.Lock()
        self._maps: onnxruntime.InferenceSession | None = None

    def run(self, batch: Batch) -> Batch:
        with PASSES:
            vectors: Batch = self._session.run(None, {"pictures": batch})[0]
        return vectors

    def maps(self, batch: Batch) -> Batch:
        with self._mapping:
            if self._maps is None:
                # A second session, created on first use, so that plain embedding does not pay for it.
                from visualsearch.embedding.onnx_maps import cut  # noqa: PLC0415 - only heat maps need onnx

                self._maps = _session(cut(self._card.graph_path), self._card.weights_path, self._threads)
        with PASSES:
            found: Batch = self._maps.run(None, {"pictures": batch})[0]
        return found


def load(card: Card, threads: int | None) -> OnnxRuntime:
    return OnnxRuntime(card, threads)


def _session(graph: bytes, weights: Path, threads: int | None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    data = weights.read_bytes()
    options.add_external_initializers_from_files_in_memory([WEIGHTS], [data], [len(data)])
    # Threads that spin while they wait take the CPU from other web processes and the worker.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads:
        options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
