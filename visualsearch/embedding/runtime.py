"""Something that runs a network over a batch, and the choice between the two ways of doing it.

`onnxruntime` runs the exported graph on a CPU; `torch` runs the weights, on a GPU if there is one. Each lives in its
own module that is imported when it is chosen: torch alone costs seconds and 200 MB, and a web process never needs it.
"""

import importlib
import shutil
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from visualsearch.embedding.card import Card

Batch = npt.NDArray[np.float32]

_MODULES = {
    "torch": "visualsearch.embedding.runtime_torch",
    "onnxruntime": "visualsearch.embedding.runtime_onnxruntime",
}
CPU_RUNTIME = "onnxruntime"


class Runtime(Protocol):
    """A loaded network. `run` may be called from several threads at once."""

    name: str

    def run(self, batch: Batch) -> Batch:
        """Inputs (n, 3, S, S) to unit vectors (n, dimensions), both float32."""
        ...


@runtime_checkable
class MapRuntime(Protocol):
    """A loaded network that also gives out what it pools. Every runtime that a card can be loaded with does."""

    def maps(self, batch: Batch) -> Batch:
        """Inputs (n, 3, S, S) to the last feature maps (n, channels, h, w), both float32.

        Raises ValueError where the network is not built so that they can be had.
        """
        ...


class _RuntimeModule(Protocol):
    def load(self, card: Card, threads: int | None) -> Runtime: ...


def choose_runtime(name: str = "auto") -> str:
    """The runtime that a setting means: `auto` is torch where a GPU is present, and else the CPU runtime.

    Looks for the GPU's device file, not for what torch says, so that torch stays unimported where there is none.
    """
    if name == "auto":
        return "torch" if has_gpu() else CPU_RUNTIME
    if name not in _MODULES:
        raise ValueError(f"There is no runtime {name!r}. Use auto, {', '.join(sorted(_MODULES))}.")
    return name


def load_runtime(card: Card, name: str = "auto", threads: int | None = None) -> Runtime:
    """Load the network of a card; `threads` bounds the CPU threads of one run (default: the runtime's own choice)."""
    module = cast(_RuntimeModule, importlib.import_module(_MODULES[choose_runtime(name)]))
    return module.load(card, threads)


def has_gpu() -> bool:
    return Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi") is not None
