"""Runtimes: `onnxruntime` runs the exported graph on a CPU, `torch` the weights, on a GPU if there is one.

Each has its own module, imported when it is chosen: torch takes seconds and 200 MB, and web processes never need it.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from visualsearch.embedding.card import Card
from visualsearch.embedding.packages import optional_packages

Batch = npt.NDArray[np.float32]

RUNTIMES = ("onnxruntime", "torch")
CPU_RUNTIME = "onnxruntime"


class Runtime(Protocol):
    """A loaded network. `run` may be called from several threads at once, with at best `batch` inputs."""

    name: str
    batch: int

    def run(self, batch: Batch) -> Batch:
        """Return unit vectors (n, dimensions) for inputs (n, 3, S, S), both float32."""
        ...


@runtime_checkable
class MapRuntime(Protocol):
    """A loaded network that also returns feature maps, as all runtimes of `load_runtime` do."""

    def maps(self, batch: Batch) -> Batch:
        """Return the last feature maps (n, channels, h, w) for inputs (n, 3, S, S), both float32.

        Raises ValueError if the network does not end in GeM pooling.
        """
        ...


def choose_runtime(name: str = "auto") -> str:
    """Return the runtime for a setting: `auto` is torch if there is a GPU and torch is installed.

    Looks for the GPU's device file instead of asking torch, which would have to be imported for it.
    """
    if name == "auto":
        return "torch" if has_gpu() and find_spec("torch") else CPU_RUNTIME
    if name not in RUNTIMES:
        raise ValueError(f"There is no runtime {name!r}. Use auto, {', '.join(RUNTIMES)}.")
    return name


def load_runtime(card: Card, name: str = "auto", threads: int | None = None) -> Runtime:
    """Load the network of a card; `threads` limits the CPU threads of one run (default: the runtime decides).

    Raises MissingPackage if torch is chosen but not installed.
    """
    if choose_runtime(name) == "torch":
        with optional_packages():
            from visualsearch.embedding import runtime_torch  # noqa: PLC0415 - torch takes seconds and 200 MB
        return runtime_torch.load(card, threads)
    from visualsearch.embedding import runtime_onnxruntime  # noqa: PLC0415 - only processes that embed load it

    return runtime_onnxruntime.load(card, threads)


def has_gpu() -> bool:
    return Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi") is not None
