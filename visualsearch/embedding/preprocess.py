"""Image bytes to network input: the same for evaluation, indexing and queries.

A picture that is prepared differently for the index than for a query loses recall without any error, so nothing else
in the project resizes, crops or normalises network inputs.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageStat

from catalog.pictures.decoding import CannotDecode, on_white, read_header
from catalog.pictures.decoding import decode as decode_pixels

Input = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels

MAX_PIXELS = 89_478_485  # 256 MB as RGB, where Pillow warns of decompression bombs
SENTENCES = {
    "damaged": "The picture is damaged or incomplete, or the file is not a picture.",
    "too_large": f"The picture has more than {MAX_PIXELS / 1e6:.0f} megapixels.",
}
UNREADABLE = "This file is not a supported picture. Use JPEG, PNG, WebP or AVIF."


class UnreadablePicture(ValueError):
    """The bytes cannot be read as a picture; the message is for customers."""


class Region(NamedTuple):
    """A part of a picture, as fractions of its width and height, from the upper left corner."""

    x: float
    y: float
    width: float
    height: float


WHOLE = Region(0.0, 0.0, 1.0, 1.0)


class Preparation(Protocol):
    """The card fields that preparing a picture needs."""

    @property
    def input_size(self) -> int: ...
    @property
    def crop(self) -> float: ...
    @property
    def mean(self) -> Sequence[float]: ...
    @property
    def std(self) -> Sequence[float]: ...


def decode(data: bytes, side: int) -> Image.Image:
    """Decode a picture to upright RGB, with at least `side` pixels on the short side if it has that many.

    JPEGs are decoded at a half, quarter or eighth of their size if that is enough, which is the cheapest way to shrink
    them. Raises UnreadablePicture, also for more than MAX_PIXELS.
    """
    try:
        return on_white(decode_pixels(read_header(data, MAX_PIXELS), (side, side)))
    except CannotDecode as error:
        raise UnreadablePicture(SENTENCES.get(error.reason, UNREADABLE)) from error


def decode_side(card: Preparation, region: Region = WHOLE) -> int:
    """Return the short side in pixels to decode a picture at, so that its crop or region need not be enlarged."""
    if region == WHOLE:
        return round(card.input_size / card.crop)
    return round(card.input_size * card.crop / max(region.width, region.height, 0.05))


def to_input(image: Image.Image, card: Preparation, region: Region = WHOLE) -> Input:
    """Return the network's input for one RGB picture: float32 (3, S, S), normalised by its card.

    A whole picture is cropped to a centred square, `card.crop` of the short side. A region was drawn around one
    product, so it is used whole and alone: its long side fills `card.crop` of the input, padded with its mean colour.
    Raises ValueError for a region outside the picture.
    """
    box = _region_box(image.size, region)
    small = _laid_out(image, box, card) if region != WHOLE else _resized(image, _centre_square(box, card.crop), card)
    return normalise(np.asarray(small), card.mean, card.std)


def input_box(size: tuple[int, int], card: Preparation, region: Region = WHOLE) -> Box:
    """Return the box of an upright picture of `size` (width, height), in pixels, that fills the network's input.

    For a region it is a square around it, which may extend beyond the picture: that part of the input is padding.
    """
    left, top, right, bottom = box = _region_box(size, region)
    if region == WHOLE:
        return _centre_square(box, card.crop)
    half = max(right - left, bottom - top) / card.crop / 2
    across, down = (left + right) / 2, (top + bottom) / 2
    return across - half, down - half, across + half, down + half


def normalise(pixels: npt.NDArray[np.uint8], mean: Sequence[float], std: Sequence[float]) -> Input:
    """Normalise uint8 pixels (H, W, 3) to float32 (3, H, W); mean and std are of values in [0, 1]."""
    scale = np.float32(1.0) / (np.float32(255.0) * np.asarray(std, dtype=np.float32))
    shift = np.asarray(mean, dtype=np.float32) / np.asarray(std, dtype=np.float32)
    return np.ascontiguousarray((pixels * scale - shift).transpose(2, 0, 1), dtype=np.float32)


def _region_box(size: tuple[int, int], region: Region) -> Box:
    x, y, width, height = region
    if not (0.0 <= x < 1.0 and 0.0 <= y < 1.0 and 0.0 < width <= 1.0 - x + 1e-6 and 0.0 < height <= 1.0 - y + 1e-6):
        raise ValueError(f"The region {tuple(region)} lies outside the picture. Give fractions x, y, width, height.")
    across, down = size
    right, bottom = min((x + width) * across, across), min((y + height) * down, down)
    return min(x * across, across - 1.0), min(y * down, down - 1.0), right, bottom


def _resized(image: Image.Image, box: Box, card: Preparation) -> Image.Image:
    return image.resize((card.input_size, card.input_size), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)


def _laid_out(image: Image.Image, box: Box, card: Preparation) -> Image.Image:
    left, top, right, bottom = (round(edge) for edge in box)
    part = image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    scale = card.crop * card.input_size / max(part.size)
    size = max(1, round(part.width * scale)), max(1, round(part.height * scale))
    part = part.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    red, green, blue = (round(value) for value in ImageStat.Stat(part).mean)
    laid_out = Image.new("RGB", (card.input_size, card.input_size), (red, green, blue))
    laid_out.paste(part, ((card.input_size - size[0]) // 2, (card.input_size - size[1]) // 2))
    return laid_out


def _centre_square(box: Box, crop: float) -> Box:
    left, top, right, bottom = box
    side = max(min(right - left, bottom - top) * crop, min(1.0, right - left, bottom - top))
    across, down = (left + right - side) / 2, (top + bottom - side) / 2
    return across, down, across + side, down + side
