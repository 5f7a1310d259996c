"""What is stored of a picture to know it again: a thumbnail and a perceptual hash. Imports no Django.

The hash holds the signs of 64 low frequencies of the brightness against their median, as pHash does (Zauner 2010).
ImageHash computes the same, but with scipy, which the shop does without.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

Bits = npt.NDArray[np.bool_]

SIDE = 56  # pixels of a print's long side: enough to lay two pictures over each other, 2 KB as a JPEG
HASH_SIDE = 32
HASH_BITS = 64
_FREQUENCIES = np.arange(1, 9)[:, None]  # without the mean
_COSINES = np.cos(np.pi / HASH_SIDE * (np.arange(HASH_SIDE) + 0.5) * _FREQUENCIES).astype(np.float32)


def thumbnail(picture: Image.Image, side: int) -> Image.Image:
    """Scale the picture so that its long side has so many pixels."""
    scale = side / max(picture.size)
    size = max(8, round(scale * picture.width)), max(8, round(scale * picture.height))
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)


def make_print(picture: Image.Image) -> bytes:
    return as_jpeg(thumbnail(picture, SIDE))


def as_jpeg(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", quality=88)
    return file.getvalue()


def read_print(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=["JPEG"]).convert("RGB")


def make_hash(picture: Image.Image) -> Bits:
    """Return 64 bits, most of which survive other sizes, colours and compression."""
    small = picture.convert("L").resize((HASH_SIDE, HASH_SIDE), Image.Resampling.BICUBIC, reducing_gap=3.0)
    spectrum = _COSINES @ np.asarray(small, np.float32) @ _COSINES.T
    bits: Bits = (spectrum > np.median(spectrum)).ravel()
    return bits


def mirrored(picture: Image.Image) -> Image.Image:
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
