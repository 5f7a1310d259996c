"""Telling a product from the plain ground it was pictured on, so that it can be put somewhere else."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Mask = npt.NDArray[np.bool_]

LIGHT = 150.0  # brightness of the border at least, 0 to 255
UNIFORM = 12.0  # median distance in colour, light put aside, of the border from its median
CLOSE = 8.0  # distance in colour at which a pixel still belongs to the ground
SHADE = 70.0  # how much darker than the border the ground may get under the product's shadow
GLARE = 30.0  # how much brighter than the border
SMOOTH = 2.5  # brightness from one pixel to the next: grounds are smooth, outlines are not


def foreground(picture: Image.Image) -> Image.Image | None:
    """A soft mask (mode L) of what stands on a plain light ground; None where there is no such ground.

    The ground may be shaded, as a sweep of paper in a studio is: it is flooded from the border over smooth pixels of
    the border's colour, so what is white inside a product stays the product's.
    """
    pixels = np.asarray(picture.filter(ImageFilter.BoxBlur(1)), dtype=np.float32)
    light = pixels.mean(axis=2)
    tint = pixels - light[..., None]
    middle, usual = float(np.median(_border(light))), np.median(_border(tint), axis=0)
    if middle < LIGHT or float(np.median(np.abs(_border(tint) - usual).max(axis=1))) > UNIFORM:
        return None
    close = (
        (np.abs(tint - usual).max(axis=2) < CLOSE)
        & (light > middle - SHADE)
        & (light < middle + GLARE)
        & (_steepness(light) < SMOOTH)
    )
    product = ~flood_from_border(close)
    # Outlines are steep on both sides, so the mask is a rim too wide: take the rim off again.
    mask = Image.fromarray(product.astype(np.uint8) * 255).filter(ImageFilter.MinFilter(5))
    if not 0.02 < np.asarray(mask).mean() / 255 < 0.9 or _border(np.asarray(mask)).mean() / 255 > 0.3:
        return None
    return mask.filter(ImageFilter.GaussianBlur(0.8))


def flood_from_border(open_pixels: Mask) -> Mask:
    """The open pixels (h, w) that are connected to the border through open pixels."""
    reached = np.zeros_like(open_pixels)
    reached[0], reached[-1], reached[:, 0], reached[:, -1] = True, True, True, True
    reached &= open_pixels
    count = -1
    while count != (count := int(reached.sum())):
        for view, ground in ((reached, open_pixels), (reached.T, open_pixels.T)):
            _sweep(view, ground)
            _sweep(view[::-1], ground[::-1])
    return reached


def _sweep(reached: Mask, ground: Mask) -> None:
    for row in range(1, len(reached)):
        reached[row] |= reached[row - 1] & ground[row]


def _border(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def _steepness(light: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    down, across = np.gradient(light)
    steepness: npt.NDArray[np.float32] = np.hypot(down, across)
    return steepness
