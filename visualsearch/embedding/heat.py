"""Heat maps: which parts of a picture make it similar to another, from the network's last feature map.

The cosine of two embeddings is decomposed into what each location of one picture adds to it, as Stylianou et al. 2019,
"Visualizing Deep Similarity Networks", arXiv:1901.00536, do for mean and maximum pooling (after Zhou et al. 2016,
"Learning Deep Features for Discriminative Localization", arXiv:1512.04150). This is exact for GeM too: with
m = mean(f^p), a pooled feature m^(1/p) is the mean of f^p m^(1/p - 1), and the rest is linear up to the length of the
vector. With the picture's own embedding, the map shows what the network attends to.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from safetensors import SafetensorError
from safetensors.numpy import load_file

from visualsearch.embedding.preprocess import WHOLE, Box, Region

Floats = npt.NDArray[np.float32]

TINT = (235, 64, 0)
STRONGEST = 0.7  # opacity of the tint where the heat is 1
EPSILON = 1e-6  # as in network.GeM


class Head(NamedTuple):
    """The layers after the last feature map: GeM's exponent, the projection (dimensions, channels) and its bias."""

    p: float
    weight: Floats
    bias: Floats


def read_head(weights: Path) -> Head:
    """Read the head from a safetensors file. Raises ValueError if it has none."""
    try:
        found = load_file(weights)
        return Head(
            float(found["pooling.p"]),
            found["projection.weight"].astype(np.float32),
            found["projection.bias"].astype(np.float32),
        )
    except (OSError, KeyError, TypeError, SafetensorError) as error:
        raise ValueError(f"{weights} has no pooling and projection.") from error


def contributions(maps: Floats, head: Head, vector: Floats) -> Floats:
    """Return what each location adds to the cosine with `vector`, (h, w); the sum is the cosine.

    `maps` are one picture's last feature maps, (channels, h, w); `vector` has unit length.
    """
    powers = np.maximum(maps, EPSILON) ** head.p
    means = powers.mean(axis=(1, 2))
    embedding = head.weight @ means ** (1 / head.p) + head.bias
    direction = (vector @ head.weight) * means ** (1 / head.p - 1)
    locations = powers.shape[1] * powers.shape[2]
    added = np.tensordot(direction, powers, axes=1) + vector @ head.bias
    length = max(float(np.linalg.norm(embedding)), 1e-12)
    return np.asarray(added / (locations * length), dtype=np.float32)


def heat(contributed: Floats) -> Floats:
    """Scale contributions to [0, 1], float32: 1 for the largest, 0 for negative ones."""
    warm = np.maximum(contributed, 0.0)
    return np.asarray(warm / warm.max(initial=1e-12), dtype=np.float32)


def spread(warmth: Floats, box: Box, size: tuple[int, int], region: Region = WHOLE) -> Floats:
    """Enlarge heat (h, w) to a picture of `size` (width, height), whose `box` filled the network's input.

    The result is float32 (height, width) in [0, 1], and 0 outside the box and the region.
    """
    left, top, right, bottom = (round(edge) for edge in box)
    shape = max(1, right - left), max(1, bottom - top)
    grid = Image.fromarray(np.round(warmth * 255).astype(np.uint8)).resize(shape, Image.Resampling.BICUBIC)
    whole = Image.new("L", size)
    whole.paste(grid, (left, top))
    spread_out = np.asarray(whole, dtype=np.float32) / np.float32(255)
    across, down = (np.arange(length) for length in size)
    is_inside = _between(down, region.y, region.height)[:, None] & _between(across, region.x, region.width)[None, :]
    return np.asarray(spread_out * is_inside, dtype=np.float32)


def overlay(image: Image.Image, warmth: Floats) -> Image.Image:
    """Return the RGB picture in grey, tinted by `warmth`, (height, width) in [0, 1]."""
    grey = np.asarray(image.convert("L"), dtype=np.float32)[..., None]
    share = STRONGEST * warmth[..., None]
    tinted = grey * (1 - share) + np.array(TINT, dtype=np.float32) * share
    return Image.fromarray(np.round(tinted).astype(np.uint8))


def _between(pixels: npt.NDArray[np.int_], start: float, length: float) -> npt.NDArray[np.bool_]:
    centres = (pixels + 0.5) / len(pixels)
    return np.asarray((centres >= start) & (centres <= start + length))
