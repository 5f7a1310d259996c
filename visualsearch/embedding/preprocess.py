"""Image bytes to network input: one path for training's evaluation, for indexing and for queries.

A picture that is prepared differently when it is indexed than when it is searched for loses recall without any
error, so nothing else in the project resizes, crops or normalises what the network is going to see.
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

MAX_PIXELS = 89_478_485  # 256 MB as RGB: where Pillow itself starts to warn of decompression bombs
SENTENCES = {
    "damaged": "The picture is damaged or cut short, or the file is not a picture.",
    "too_large": f"The picture has too many pixels; at most {MAX_PIXELS / 1e6:.0f} megapixels can be read.",
}
UNREADABLE = "The file is not a picture that can be read. Use JPEG, PNG, WebP or AVIF."
_DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


class UnreadablePicture(ValueError):
    """The bytes are not a picture that can be read; the message is a sentence fit for a customer."""


class Region(NamedTuple):
    """The part of a picture to look at, as fractions of its width and height, from the upper left corner."""

    x: float
    y: float
    width: float
    height: float


WHOLE = Region(0.0, 0.0, 1.0, 1.0)


class Preparation(Protocol):
    """What has to be known about a network to prepare pictures for it; its card says so."""

    @property
    def input_size(self) -> int: ...
    @property
    def crop(self) -> float: ...
    @property
    def mean(self) -> Sequence[float]: ...
    @property
    def std(self) -> Sequence[float]: ...


def decode(data: bytes, side: int) -> Image.Image:
    """Read an encoded picture as upright RGB; its short side stays at least `side` pixels where it had as many.

    JPEG is decoded at a half, quarter or eighth of its size where that is enough: much the cheapest way to shrink.
    Raises UnreadablePicture for anything that is not a picture of at most MAX_PIXELS, most of which is there.
    """
    try:
        return on_white(decode_pixels(read_header(data, MAX_PIXELS), (side, side)))
    except CannotDecode as error:
        raise UnreadablePicture(SENTENCES.get(error.reason, UNREADABLE)) from error


def flatten(image: Image.Image) -> Image.Image:
    """Any mode as 8-bit RGB, what is transparent on white: the ground most catalogue pictures have."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image if type(image) is Image.Image else image.copy()
    if image.mode in _DEEP_MODES:
        return _from_deep(image).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layers = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return image.convert("RGB")


def _from_deep(image: Image.Image) -> Image.Image:
    # Pillow would clip 16-bit values at 255, which turns such pictures white.
    values = np.asarray(image, dtype=np.float32)
    brightest = values.max(initial=0.0)
    top = next((top for top in (1.0, 255.0) if brightest <= top), 65535.0) if image.mode == "F" else 65535.0
    return Image.fromarray((np.clip(values / top, 0.0, 1.0) * 255.0).astype(np.uint8))


def decode_side(card: Preparation, region: Region = WHOLE) -> int:
    """The short side in pixels that a picture must be decoded at, so that what is seen of it need not be enlarged."""
    if region == WHOLE:
        return round(card.input_size / card.crop)
    return round(card.input_size * card.crop / max(region.width, region.height, 0.05))


def to_input(image: Image.Image, card: Preparation, region: Region = WHOLE) -> Input:
    """The network's input for one RGB picture: float32 of shape (3, S, S), normalised as its card says.

    Of a whole picture, a centred square of `card.crop` of the short side is seen. A region was drawn round what is
    meant, so all of it is seen and nothing beside it: its long side fills `card.crop` of the input, and what is left
    over gets the region's mean colour. Raises ValueError for a region that lies outside the picture.
    """
    box = _region_box(image.size, region)
    small = _laid_out(image, box, card) if region != WHOLE else _resized(image, _centre_square(box, card.crop), card)
    return normalise(np.asarray(small), card.mean, card.std)


def seen_box(size: tuple[int, int], card: Preparation, region: Region = WHOLE) -> Box:
    """The part, in pixels of an upright picture of `size` (width, height), that fills the network's input.

    Around a region it is a square that reaches beyond it, perhaps beyond the picture: there the input was filled up.
    """
    left, top, right, bottom = box = _region_box(size, region)
    if region == WHOLE:
        return _centre_square(box, card.crop)
    half = max(right - left, bottom - top) / card.crop / 2
    across, down = (left + right) / 2, (top + bottom) / 2
    return across - half, down - half, across + half, down + half


def normalise(pixels: npt.NDArray[np.uint8], mean: Sequence[float], std: Sequence[float]) -> Input:
    """uint8 pixels (H, W, 3) as float32 (3, H, W), where mean and std are those of values in [0, 1]."""
    scale = np.float32(1.0) / (np.float32(255.0) * np.asarray(std, dtype=np.float32))
    shift = np.asarray(mean, dtype=np.float32) / np.asarray(std, dtype=np.float32)
    return np.ascontiguousarray((pixels * scale - shift).transpose(2, 0, 1), dtype=np.float32)


def _region_box(size: tuple[int, int], region: Region) -> Box:
    x, y, width, height = region
    if not (0.0 <= x < 1.0 and 0.0 <= y < 1.0 and 0.0 < width <= 1.0 - x + 1e-6 and 0.0 < height <= 1.0 - y + 1e-6):
        raise ValueError(f"The region {tuple(region)} lies outside the picture: give fractions x, y, width, height.")
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
