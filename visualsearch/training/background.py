"""Separate a product from the plain background of its picture, to place it on another one."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Mask = npt.NDArray[np.bool_]

MIN_BRIGHTNESS = 150.0  # of the border, 0 to 255
MAX_SPREAD = 12.0  # median colour distance of the border from its median, brightness removed
MAX_DISTANCE = 8.0  # colour distance up to which a pixel belongs to the background
MAX_SHADE = 70.0  # how much darker than the border the background may be, under the product's shadow
MAX_GLARE = 30.0  # how much brighter than the border
MAX_STEEPNESS = 2.5  # change of brightness per pixel: backgrounds are smooth, outlines are not


def foreground(picture: Image.Image) -> Image.Image | None:
    """Return a soft mask (mode L) of the product, or None if the background is not plain and light.

    The background may have shadows, as a paper sweep in a studio does. It is flooded from the border over smooth
    pixels of the border's colour, so white areas inside a product stay part of it.
    """
    pixels = np.asarray(picture.filter(ImageFilter.BoxBlur(1)), dtype=np.float32)
    light = pixels.mean(axis=2)
    tint = pixels - light[..., None]
    brightness, colour = float(np.median(_border(light))), np.median(_border(tint), axis=0)
    spread = float(np.median(np.abs(_border(tint) - colour).max(axis=1)))
    if brightness < MIN_BRIGHTNESS or spread > MAX_SPREAD:
        return None
    similar = (
        (np.abs(tint - colour).max(axis=2) < MAX_DISTANCE)
        & (light > brightness - MAX_SHADE)
        & (light < brightness + MAX_GLARE)
        & (_steepness(light) < MAX_STEEPNESS)
    )
    product = ~flood_from_border(similar)
    # Outlines are steep on both sides, so the mask is too large by a rim: shrink it.
    mask = Image.fromarray(product.astype(np.uint8) * 255).filter(ImageFilter.MinFilter(5))
    if not 0.02 < np.asarray(mask).mean() / 255 < 0.9 or _border(np.asarray(mask)).mean() / 255 > 0.3:
        return None
    return mask.filter(ImageFilter.GaussianBlur(0.8))


def flood_from_border(passable: Mask) -> Mask:
    """Return the passable pixels (h, w) connected to the border through passable pixels."""
    reached = np.zeros_like(passable)
    reached[0], reached[-1], reached[:, 0], reached[:, -1] = True, True, True, True
    reached &= passable
    count = -1
    while count != (count := int(reached.sum())):
        for view, ground in ((reached, passable), (reached.T, passable.T)):
            _sweep(view, ground)
            _sweep(view[::-1], ground[::-1])
    return reached


def _sweep(reached: Mask, passable: Mask) -> None:
    for row in range(1, len(reached)):
        reached[row] |= reached[row - 1] & passable[row]


def _border(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def _steepness(light: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    down, across = np.gradient(light)
    steepness: npt.NDArray[np.float32] = np.hypot(down, across)
    return steepness
