"""The traditional ways of comparing pictures, to be measured beside a network. None of them learns from labels.

They see what the network sees: the same crop of a whole picture, the same layout of a marked part. HOG and SIFT come
from OpenCV, which is needed for nothing else and therefore stands in requirements-dev.txt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.embedding.embedder import Picture
from visualsearch.embedding.preprocess import WHOLE, Region, decode, decode_side, flatten, to_input
from visualsearch.measuring.methods import ByVectors, Method
from visualsearch.measuring.sift import Sift

try:
    import cv2
except ImportError:
    cv2 = None  # type: ignore[assignment]

NAMES = ("colour", "hog", "sift")
OPENCV = "opencv-python-headless==4.14.0.94"

_BINS = (16, 4, 4)  # of hue, saturation and value
_GREY = 25  # of 255: a saturation below which the hue is noise

_BLOCK = 36  # numbers: 2 x 2 cells of 9 directions

Pixels = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]


class MissingOpenCV(RuntimeError):
    """OpenCV is not installed; the message says how to install it."""


@dataclass(frozen=True)
class View:
    """How pictures are prepared for a baseline: as for a network with inputs of this size, not normalised."""

    input_size: int = 128
    crop: float = 0.875
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def pixels(self, picture: Picture, region: Region) -> Pixels:
        """The seen part of a picture as RGB of shape (S, S, 3)."""
        image = decode(picture, decode_side(self, region)) if isinstance(picture, bytes) else picture
        return (to_input(flatten(image), self, region) * 255.0).round().astype(np.uint8).transpose(1, 2, 0).copy()


class ColourHistogram:
    """A histogram of hue, saturation and value (Swain and Ballard 1991, "Color indexing"), 256 bins.

    The roots of its shares are the vector, so that a cosine is the Bhattacharyya coefficient of two histograms.
    """

    def embed(self, pictures: Sequence[Picture], regions: Sequence[Region] | None = None) -> Vectors:
        regions = regions or [WHOLE] * len(pictures)
        seen = [View().pixels(picture, region) for picture, region in zip(pictures, regions, strict=True)]
        return np.stack([np.sqrt(_histogram(pixels)) for pixels in seen])


class Hog:
    """Histograms of oriented gradients (Dalal and Triggs 2005): cells of 16 pixels, blocks of 2 x 2, 9 directions.

    Each block is taken less its mean. Without that, pictures with no clear direction anywhere are like all others, and
    a few of them answer everything.
    """

    def __init__(self) -> None:
        self._descriptor = cv2.HOGDescriptor((128, 128), (32, 32), (16, 16), (16, 16), 9)

    def embed(self, pictures: Sequence[Picture], regions: Sequence[Region] | None = None) -> Vectors:
        regions = regions or [WHOLE] * len(pictures)
        return np.stack([self._describe(View().pixels(*each)) for each in zip(pictures, regions, strict=True)])

    def _describe(self, pixels: Pixels) -> Vectors:
        shades = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        blocks = np.asarray(self._descriptor.compute(shades), dtype=np.float32).reshape(-1, _BLOCK)
        vector: Vectors = (blocks - blocks.mean(axis=1, keepdims=True)).ravel()
        vector /= max(float(np.linalg.norm(vector)), 1e-12)
        return vector


def open_baseline(name: str) -> Method:
    """One of NAMES. Raises MissingOpenCV where it needs what is not installed."""
    if name == "colour":
        return ByVectors("colour histogram", ColourHistogram())
    if cv2 is None:
        raise MissingOpenCV(f"The baseline {name} needs OpenCV: pip install {OPENCV}")
    return ByVectors("HOG", Hog()) if name == "hog" else Sift()


def _histogram(pixels: Pixels) -> Vectors:
    """The share of the pixels in each bin, (256,)."""
    colours = np.asarray(Image.fromarray(pixels).convert("HSV"), dtype=np.int64).reshape(-1, 3)
    colours[colours[:, 1] < _GREY, 0] = 0
    bins = tuple((colours * _BINS // 256).T)
    counts = np.bincount(np.ravel_multi_index(bins, _BINS), minlength=int(np.prod(_BINS)))
    return (counts / len(colours)).astype(np.float32)
