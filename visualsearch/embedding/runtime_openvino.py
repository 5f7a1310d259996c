"""Runs the exported graph with OpenVINO, the faster of the CPU runtimes that were measured (docs/visual-search.md)."""

import threading
from typing import Any

import numpy as np
import openvino

from visualsearch.embedding.card import Card
from visualsearch.embedding.runtime import Batch


class OpenVinoRuntime:
    name = "openvino"

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._local = threading.local()

    def run(self, batch: Batch) -> Batch:
        # An infer request holds the buffers of one run, so every thread keeps its own.
        request = getattr(self._local, "request", None)
        if request is None:
            request = self._local.request = self._compiled.create_infer_request()
        request.infer([batch], share_inputs=True)
        return np.array(request.get_output_tensor().data, dtype=np.float32)


def load(card: Card, threads: int | None) -> OpenVinoRuntime:
    options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    if threads:
        options["INFERENCE_NUM_THREADS"] = threads
    return OpenVinoRuntime(openvino.Core().compile_model(card.graph_path, "CPU", options))
