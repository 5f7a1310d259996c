"""Run the exported graph with ONNX Runtime, the default on CPUs (docs/decisions/0004)."""

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnxruntime

from visualsearch.embedding.card import WEIGHTS, Card
from visualsearch.embedding.runtime import Batch

# Each pass at the same time holds feature maps of its own, and more of them than cores are not faster.
PASSES = threading.BoundedSemaphore(os.cpu_count() or 1)


class Session:
    """A graph on the CPU. Threads may share it. `weights` is the file beside a graph that does not hold its own."""

    def __init__(self, graph: bytes, threads: int | None, weights: Path | None = None) -> None:
        options = onnxruntime.SessionOptions()
        if weights is not None:
            data = weights.read_bytes()
            options.add_external_initializers_from_files_in_memory([WEIGHTS], [data], [len(data)])
        # Threads that spin while they wait take the CPU from other web processes and the worker.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if threads:
            options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def run(self, inputs: Mapping[str, Batch], outputs: Sequence[str] | None = None) -> list[Batch]:
        """Return these outputs, or all, for inputs by name."""
        with PASSES:
            found: list[Batch] = self._session.run(outputs, inputs)
        return found


class OnnxRuntime:
    name = "onnxruntime"
    # Feature maps of one picture fit the CPU's cache. Those of 16 take a fifth more time, and 400 MB.
    batch = 1

    def __init__(self, card: Card, threads: int | None = None) -> None:
        self._card, self._threads = card, threads
        self._session = Session(card.graph_path.read_bytes(), threads, card.weights_path)
        self._mapping = threading.Lock()
        self._maps: Session | None = None

    def run(self, batch: Batch) -> Batch:
        return self._session.run({"pictures": batch})[0]

    def maps(self, batch: Batch) -> Batch:
        with self._mapping:
            if self._maps is None:
                # A second session, created on first use, so that plain embedding does not pay for it.
                from visualsearch.embedding.onnx_maps import cut  # noqa: PLC0415 - only heat maps need onnx

                self._maps = Session(cut(self._card.graph_path), self._threads, self._card.weights_path)
        return self._maps.run({"pictures": batch})[0]


def load(card: Card, threads: int | None) -> OnnxRuntime:
    return OnnxRuntime(card, threads)
