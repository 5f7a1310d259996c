"""torchvision's models. Import them from here: with a CPU build of torch, torchvision itself fails to import.

torchvision from the package registry is built for a CUDA torch. With a CPU torch its C++ library does not load, and
the import fails on operators that we do not use but that were never declared. Declaring their signatures is enough.
"""

import importlib.util
from pathlib import Path

import torch

_SIGNATURES = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def _own_library_loads() -> bool:
    spec = importlib.util.find_spec("torchvision")
    folders = spec.submodule_search_locations if spec else None
    libraries = [path for folder in folders or [] for path in Path(folder).glob("_C*")]
    try:
        for library in libraries:
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
    except OSError:
        return False
    return bool(libraries)


def _declare() -> torch.library.Library:
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for signature in _SIGNATURES:
        library.define(signature)  # type: ignore[no-untyped-call]
    return library


# The declarations live as long as the Library object, so keep it.
DECLARED = None if _own_library_loads() else _declare()

from torchvision import models  # noqa: E402 - needs the declarations

__all__ = ["models"]
