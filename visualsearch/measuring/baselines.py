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
from visualsearch.embedding.packages import optional_packages
from visualsearch.embedding.preprocess import WHOLE, Region, decode, decode_side, flatten, to_input
from visualsearch.measuring.methods import ByVectors, Method

NAMES = ("colour", "hog", "sift")

_BINS = (16, 4, 4)  # of hue, saturation and value
_GREY = 25  # of 255: a saturation below which the hue is noise

Pixels = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]


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


def open_baseline(name: str) -> Method:
    """One of NAMES. Raises MissingPackage where OpenCV is needed and not installed."""
    if name == "colour":
        return ByVectors("colour histogram", ColourHistogram())
    with optional_packages():
        from visualsearch.measuring.opencv import Hog, Sift  # noqa: PLC0415 - OpenCV is optional
    return ByVectors("HOG", Hog()) if name == "hog" else Sift()


def _histogram(pixels: Pixels) -> Vectors:
    """The share of the pixels in each bin, (256,)."""
    colours = np.asarray(Image.fromarray(pixels).convert("HSV"), dtype=np.int64).reshape(-1, 3)
    colours[colours[:, 1] < _GREY, 0] = 0
    bins = tuple((colours * _BINS // 256).T)
    counts = np.bincount(np.ravel_multi_index(bins, _BINS), minlength=int(np.prod(_BINS)))
    return (counts / len(colours)).astype(np.float32)
