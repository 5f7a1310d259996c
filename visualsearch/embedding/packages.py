"""Optional packages, which only training and some measurements import."""

from collections.abc import Iterator
from contextlib import contextmanager

OPENCV = "opencv-python-headless==4.14.0.94"
_TRAINING = "-r requirements.txt"
_SOURCES = {
    "torch": _TRAINING,
    "torchvision": _TRAINING,
    "onnx": _TRAINING,
    "onnxscript": _TRAINING,
    "matplotlib": _TRAINING,
    "cv2": OPENCV,
}


class MissingPackage(RuntimeError):
    """An optional package is not installed; the message says how to install it."""


@contextmanager
def optional_packages() -> Iterator[None]:
    """Raise MissingPackage if an import in the block fails because an optional package is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _SOURCES:
            raise
        raise MissingPackage(f"{package} is not installed. Run `pip install {_SOURCES[package]}`.") from error
