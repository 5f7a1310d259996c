"""The colours of a picture's foreground as a small histogram: numpy alone, about a millisecond.

Pixels are compared in OKLab (Ottosson 2020), where distances are close to those that people see. The foreground is
what differs from the picture's edges, preferably in the middle. Each pixel is shared among the nearest of 48 fixed
colours, so that a slightly different light changes little. The square roots of the shares form a unit vector, and the
inner product of two is the Bhattacharyya coefficient: 0 without a colour in common, 1 for the same colours.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.embedding.preprocess import WHOLE, Region

Colours = npt.NDArray[np.float32]

VERSION = 1  # of the method: pictures with another one are measured again
SIZE = 48  # numbers

_SIDE = 32  # pixels that a picture is scaled to
_RING = 2  # pixels of its edges
_BACKGROUND = 0.08  # how far the colour of the edges reaches, in OKLab
_MIDDLE = 0.7  # how far the middle reaches, where 1 is the distance to a side
_BLUR = 0.05  # how far a pixel reaches in OKLab
_LIGHTNESS = 0.4  # weight of the lightness, which changes with the lamp
_LEAST = 1e-4  # weight of background pixels, for pictures that are all background
_TO_CONES = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_TO_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip


def measure_colours(image: Image.Image, region: Region = WHOLE) -> Colours:
    """Return the histogram of an RGB picture, or of a region of it, as a unit vector."""
    width, height = image.size
    left, top = region.x * width, region.y * height
    box = (left, top, min(width, left + region.width * width), min(height, top + region.height * height))
    small = image.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
    lab = _oklab(np.asarray(small))
    total = _foreground(lab).reshape(-1) @ _shares(lab.reshape(-1, 3))
    found: Colours = np.sqrt(total / total.sum()).astype(np.float32)
    return found


def _oklab(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    lab: npt.NDArray[np.float64] = np.cbrt(_LINEAR[pixels] @ _TO_CONES.T) @ _TO_LAB.T
    return lab


def _foreground(lab: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the weight of each pixel: far from the colour of every edge, and near the middle."""
    edges = (lab[:_RING], lab[-_RING:], lab[:, :_RING], lab[:, -_RING:])
    colours = np.array([np.median(edge.reshape(-1, 3), axis=0) for edge in edges])
    nearest = ((lab[:, :, None] - colours) ** 2).sum(axis=-1).min(axis=-1)
    place = np.linspace(-1, 1, _SIDE) ** 2
    middle = np.exp(-(place[:, None] + place[None]) / (2 * _MIDDLE**2))
    weights: npt.NDArray[np.float64] = (1 - np.exp(-nearest / _BACKGROUND**2)) * middle + _LEAST
    return weights


def _shares(pixels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how much of each pixel belongs to each colour of the palette; a pixel's shares add up to 1.

    The distance of a pixel p to a colour c is |p|² - 2pc + |c|², of which |p|² makes no difference to the shares.
    """
    scaled = pixels * _SCALE
    logits = ((2 * scaled @ _SCALED_PALETTE.T - _PALETTE_SQUARES) / (2 * _BLUR**2)).astype(np.float32)
    nearness = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = nearness / nearness.sum(axis=1, keepdims=True)
    return shares


def _linear() -> npt.NDArray[np.float64]:
    """Return the amount of light for each of the 256 values of sRGB."""
    values = np.arange(256) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _palette() -> npt.NDArray[np.float64]:
    """Return six greys, and fourteen hues each dark, medium and light."""
    greys = [(lightness, 0.0, 0.0) for lightness in np.linspace(0.1, 0.97, 6)]
    turns = np.arange(14) * 2 * np.pi / 14
    hues = [
        (lightness, chroma * np.cos(turn), chroma * np.sin(turn))
        for lightness, chroma in ((0.35, 0.09), (0.6, 0.12), (0.82, 0.10))
        for turn in turns
    ]
    return np.array(greys + hues)


_LINEAR = _linear()
_SCALE = np.array([_LIGHTNESS, 1.0, 1.0])
_SCALED_PALETTE = _palette() * _SCALE
_PALETTE_SQUARES = (_SCALED_PALETTE**2).sum(axis=1)
