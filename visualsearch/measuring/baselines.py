"""Traditional methods, as baselines for networks. None of them learns from labels.

They get the same crop of a whole picture and the same layout of a region as a network does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.embedding.embedder import Picture
from visualsearch.embedding.packages import optional_packages
from visualsearch.embedding.preprocess import WHOLE, Region, decode, decode_side, to_input
from visualsearch.measuring.methods import Method, VectorMethod

NAMES = ("colour", "hog", "sift")

_BINS = (16, 4, 4)  # hue, saturation, value
_MIN_SATURATION = 25  # out of 255; below it the hue is noise

Pixels = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class BaselineInput:
    """Prepare pictures as for a network with this input size, but without normalising them."""

    input_size: int = 128
    crop: float = 0.875
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def pixels(self, picture: Picture, region: Region) -> Pixels:
        """Return the crop or region as RGB of shape (S, S, 3)."""
        image = decode(picture, decode_side(self, region)) if isinstance(picture, bytes) else picture
        return (to_input(image, self, region) * 255.0).round().astype(np.uint8).transpose(1, 2, 0).copy()


class ColourHistogram:
    """A histogram of hue, saturation and value (Swain and Ballard 1991, "Color indexing"), 256 bins.

    Vectors hold the square roots of the shares, which makes their cosine the Bhattacharyya coefficient.
    """

    def embed(self, pictures: Sequence[Picture], regions: Sequence[Region] | None = None) -> Vectors:
        regions = regions or [WHOLE] * len(pictures)
        crops = [BaselineInput().pixels(picture, region) for picture, region in zip(pictures, regions, strict=True)]
        return np.stack([np.sqrt(_histogram(pixels)) for pixels in crops])


def open_baseline(name: str) -> Method:
    """Return the baseline with one of NAMES. Raises MissingPackage if it needs OpenCV."""
    if name == "colour":
        return VectorMethod("colour histogram", ColourHistogram())
    with optional_packages():
        from visualsearch.measuring.opencv import Hog, Sift  # noqa: PLC0415 - OpenCV is optional
    return VectorMethod("HOG", Hog()) if name == "hog" else Sift()


def _histogram(pixels: Pixels) -> Vectors:
    """Return the share of the pixels in each bin, (256,)."""
    colours = np.asarray(Image.fromarray(pixels).convert("HSV"), dtype=np.int64).reshape(-1, 3)
    colours[colours[:, 1] < _MIN_SATURATION, 0] = 0
    bins = tuple((colours * _BINS // 256).T)
    counts = np.bincount(np.ravel_multi_index(bins, _BINS), minlength=int(np.prod(_BINS)))
    return (counts / len(colours)).astype(np.float32)
