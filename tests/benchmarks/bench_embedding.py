"""Embedding speed: a textbook pipeline against the Embedder with each runtime.

Run by `make bench`, never by the tests: `python -m tests.benchmarks.bench_embedding [--pictures DIR] [--threads 2]`.
Each row includes decoding and runs in its own process. Rows take turns, so a busy machine slows all of them alike.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from tests.benchmarks.turns import Round, answer_turns, take_turns
from tests.visualsearch.pictures import encoded, noise

ROUNDS = 5
ROWS = {
    "textbook: ResNet-50, torch, one at a time": ("textbook", 1),
    "Embedder, onnxruntime, one at a time": ("onnxruntime", 1),
    "Embedder, onnxruntime, batches": ("onnxruntime", 0),
    "Embedder, torch, batches": ("torch", 0),
}


def textbook(threads: int) -> Callable[[Sequence[bytes]], Any]:
    """Return the pipeline of tutorials: open, resize, crop, normalise, and one forward pass per picture."""
    import io  # noqa: PLC0415 - each row imports only what it measures

    import torch  # noqa: PLC0415

    from visualsearch.embedding import torchvision_models  # noqa: F401, PLC0415 - makes torchvision importable

    # isort: split
    from torchvision import models, transforms  # noqa: PLC0415

    torch.set_num_threads(threads)
    network = models.resnet50()
    network.fc = torch.nn.Identity()
    network.eval()
    steps = (transforms.Resize(256), transforms.CenterCrop(224), transforms.PILToTensor())
    prepare = transforms.Compose(
        [*steps, lambda t: t.float() / 255, transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]
    )

    def embed(pictures: Sequence[bytes]) -> None:
        for data in pictures:
            image = Image.open(io.BytesIO(data)).convert("RGB")
            with torch.no_grad():
                torch.nn.functional.normalize(network(prepare(image)[None]))

    return embed


def ours(runtime: str, threads: int, alone: int) -> Callable[[Sequence[bytes]], Any]:
    from visualsearch.embedding.embedder import Embedder  # noqa: PLC0415

    embedder = Embedder.load(runtime=runtime, threads=threads)
    return lambda pictures: [embedder.embed([p]) for p in pictures] if alone else embedder.embed(pictures)


def serve(kind: str, alone: int, threads: int, pictures: Sequence[bytes]) -> None:
    """Measure one row of the table."""
    started = time.perf_counter()
    embed = textbook(threads) if kind == "textbook" else ours(kind, threads, alone)
    loaded = time.perf_counter() - started
    embed(pictures[:2])

    def measure() -> Round:
        started = time.perf_counter()
        embed(pictures)
        each = (time.perf_counter() - started) / len(pictures)
        return {"ms": each * 1e3, "load": loaded, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}

    answer_turns(measure)


def read_pictures(folder: str) -> list[bytes]:
    """Return JPEG files of a folder, or generated ones of the size that browsers upload."""
    if folder:
        return [path.read_bytes() for path in sorted(Path(folder).glob("*.jpg"))[:48]]
    return [encoded(noise(1280, 960, seed).effect_spread(3), "JPEG", quality=88) for seed in range(48)]


def row(kind: str, alone: int, arguments: argparse.Namespace) -> list[str]:
    """Return the arguments that start the process of a row."""
    shared = ["--threads", str(arguments.threads), "--pictures", arguments.pictures]
    return ["tests.benchmarks.bench_embedding", "--serve", kind, "--alone", str(alone), *shared]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", default="", help="a folder of JPEG files instead of generated ones")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--serve", default="")
    parser.add_argument("--alone", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.alone, arguments.threads, read_pictures(arguments.pictures))
        return
    rounds = take_turns({title: row(*kind, arguments) for title, kind in ROWS.items()}, ROUNDS)
    slowest = median(r["ms"] for r in rounds[next(iter(ROWS))])
    lines = ["| pipeline, decoding included | ms per picture, median | best to worst | faster | load s | peak MB |"]
    lines.append("|---|---|---|---|---|---|")
    for title, results in rounds.items():
        times = sorted(r["ms"] for r in results)
        middle, load, memory = median(times), results[0]["load"], results[-1]["memory"]
        spread = f"{times[0]:.1f} to {times[-1]:.1f}"
        lines.append(f"| {title} | {middle:.1f} | {spread} | {slowest / middle:.1f}x | {load:.1f} | {memory:.0f} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
