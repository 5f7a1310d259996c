"""The default network on every runtime: milliseconds per picture, memory, loading time and recall.

Run by `make bench`, never by the tests: `python -m tests.benchmarks.bench_runtimes [--threads 2]`. Measures the
network alone, on decoded pictures of the demo; the floor is its operations at the speed of a matrix product. int8 is
the graph quantised after training (Jacob et al. 2018, arXiv:1712.05877), calibrated on pictures of the demo's
catalogue. OpenVINO is measured if it is installed; the shop does not need it.
"""

import argparse
import importlib
import importlib.util
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from tests.benchmarks.turns import Round, answer_turns, take_turns
from tests.visualsearch.other_networks import whole_graph
from visualsearch.embedding.card import DEFAULT_CARD, read_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.runtime import Batch, load_runtime
from visualsearch.measuring.comparison import Bootstrap, compare
from visualsearch.measuring.methods import VectorMethod
from visualsearch.measuring.sources import Sources, read_trials

ROUNDS = 5
BATCHES = (1, 16)
OPERATIONS = 0.6e9  # of MobileNetV2 on 224 pixels: 0.3 billion multiply-adds (Sandler et al. 2018, table 4)
DEMO = Path("demo")
ROWS = {
    "torch, eager": "eager",
    "torch, eager, bfloat16": "bfloat16",
    "torch, compiled": "compiled",
    "ONNX Runtime: what the shop runs": "onnxruntime",
    "OpenVINO": "openvino",
    "ONNX Runtime, int8": "int8",
}
Run = Callable[[Batch], Batch]


class Calibration(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Pictures of the catalogue, one at a time."""

    def __init__(self, batch: Batch) -> None:
        self._inputs: Iterator[dict[str, Batch]] = iter([{"pictures": one[None]} for one in batch])

    def get_next(self) -> dict[str, Batch] | None:
        return next(self._inputs, None)


def inputs(count: int) -> Batch:
    """Return the inputs of some pictures of the demo's catalogue."""
    paths = sorted((DEMO / "images").glob("*.jpg"))
    chosen = paths[:: max(1, len(paths) // count)][:count]
    embedder = Embedder(read_card(DEFAULT_CARD), load_runtime(read_card(DEFAULT_CARD), "onnxruntime", 1))
    return np.stack([embedder.prepare(path.read_bytes()) for path in chosen])


def quantise(folder: Path) -> Path:
    """Write a graph with int8 convolutions, per-channel scales, and 7-bit weights for CPUs without VNNI."""
    whole, folded = folder / "whole.onnx", folder / "folded.onnx"
    onnx.save(whole_graph(folder), whole)  # with embedded weights, for other tools
    quant_pre_process(whole, folded, skip_symbolic_shape=True)  # folds batch normalisation into the weights
    quantize_static(
        folded,
        folder / "int8.onnx",
        Calibration(inputs(200)),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    return folder / "int8.onnx"


def by_torch(kind: str, threads: int) -> Run:
    """Load the weights in torch: eager, compiled, or in bfloat16."""
    import torch  # noqa: PLC0415 - each row imports only what it measures

    from visualsearch.embedding.network import load_network  # noqa: PLC0415 - imports torch

    torch.set_num_threads(threads)
    network = load_network(DEFAULT_CARD.with_suffix(".safetensors"))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves this overload out
    module = torch.compile(network) if kind == "compiled" else network

    def run(batch: Batch) -> Batch:
        pictures = torch.from_numpy(batch).to(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=kind == "bfloat16"):
            found: Batch = module(pictures).float().numpy()
        return found

    return run


def by_graph(graph: Path, threads: int) -> Run:
    """Load a graph in ONNX Runtime."""
    import onnxruntime  # noqa: PLC0415 - each row imports only what it measures

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(None, {"pictures": batch})[0]


def by_openvino(graph: Path, threads: int) -> Run:
    """Load a graph in OpenVINO."""
    openvino = importlib.import_module("openvino")
    compiled = openvino.Core().compile_model(str(graph), "CPU", {"INFERENCE_NUM_THREADS": threads})
    return lambda batch: compiled(batch)[0]


def load(kind: str, threads: int, folder: Path) -> Run:
    """Load the network for one row of the table."""
    match kind:
        case "onnxruntime":
            return load_runtime(read_card(DEFAULT_CARD), "onnxruntime", threads).run
        case "int8":
            return by_graph(folder / "int8.onnx", threads)
        case "openvino":
            return by_openvino(folder / "whole.onnx", threads)
    return by_torch(kind, threads)


def measure_recall(run: Run) -> Round:
    """Return R@1 on the demo: customer photos, regions of them, and rephotographed catalogue pictures."""

    class Loaded:
        name, batch = "loaded", 16

        def run(self, batch: Batch) -> Batch:
            return run(batch)

    method = VectorMethod("loaded", Embedder(read_card(DEFAULT_CARD), Loaded()))
    sources = Sources(
        gallery=DEMO / "images", photos=DEMO / "photos", truth=DEMO / "photos" / "truth.csv", rephotograph=True
    )
    results = [each[0] for each in compare([method], read_trials(sources), Bootstrap(resamples=10))]
    return {result.trial.title: result.metrics.recall_at_1 for result in results}


def serve(kind: str, threads: int, folder: Path) -> None:
    """Measure one row: speed for ROUNDS rounds, then recall."""
    if kind == "openvino" and not importlib.util.find_spec("openvino"):
        return
    pictures = inputs(max(BATCHES))
    before = time.perf_counter()
    run = load(kind, threads, folder)
    loading = time.perf_counter() - before
    for size in BATCHES:
        run(pictures[:size])
    rounds = iter(range(ROUNDS))

    def measure() -> Round:
        if next(rounds, None) is None:
            return measure_recall(run)
        answer = {"load": loading, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        for size in BATCHES:
            started = time.perf_counter()
            for _ in range(64 // size):
                run(pictures[:size])
            answer[f"batch {size}"] = (time.perf_counter() - started) / (64 // size * size) * 1e3
        return answer

    answer_turns(measure)


def peak(threads: int) -> float:
    """Return the operations per second of a large float32 matrix product, best of six."""
    import torch  # noqa: PLC0415 - each row imports only what it measures

    torch.set_num_threads(threads)
    one = torch.rand(2048, 2048)
    times = []
    for _ in range(6):
        started = time.perf_counter()
        one @ one
        times.append(time.perf_counter() - started)
    return 2 * 2048**3 / min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--serve", default="")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.threads, arguments.folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        quantise(Path(folder))
        own = ["tests.benchmarks.bench_runtimes", "--threads", str(arguments.threads), "--folder", folder, "--serve"]
        results = take_turns({title: [*own, kind] for title, kind in ROWS.items()}, ROUNDS + 1)
    measures = list(next(iter(results.values()))[-1])
    heads = [f"ms per picture, batches of {size}" for size in BATCHES]
    heads += ["load s", "peak MB", *(f"{name} R@1" for name in measures)]
    lines = [f"| network alone | {' | '.join(heads)} |"]
    lines.append("|---" * (5 + len(measures)) + "|")
    for title, (*times, quality) in results.items():
        speed = " | ".join(f"{median(each[f'batch {size}'] for each in times):.1f}" for size in BATCHES)
        shares = " | ".join(f"{quality[name]:.3f}" for name in measures)
        lines.append(f"| {title} | {speed} | {times[0]['load']:.1f} | {times[-1]['memory']:.0f} | {shares} |")
    fastest = peak(arguments.threads)
    floor = OPERATIONS / fastest * 1e3
    lines.append(f"\nA matrix product reaches {fastest / 1e9:.0f} GFLOP/s: floor {floor:.1f} ms per picture.")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
