"""What is used of torchvision, made importable beside a CPU build of torch. Import it from here.

The torchvision of the package registry is built against a CUDA torch. Beside a CPU torch its own C++ library cannot
be loaded, and the import then fails because operators that nobody here uses were never declared. Declaring their
signatures is enough; where torchvision's own library loads, nothing is done.
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


# Kept in a module variable: the declarations live as long as the Library object does.
DECLARED = None if _own_library_loads() else _declare()

from torchvision import models  # noqa: E402 - only importable now

__all__ = ["models"]
