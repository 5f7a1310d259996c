"""Pictures as customers would have taken them: another frame, another light, another camera, another place.

Everything is drawn from one numpy generator, so that a picture's view follows from (seed, epoch, position) alone,
whichever thread prepares it. The views are those of Chen et al. 2020, "A Simple Framework for Contrastive Learning
of Visual Representations" (crop, colour, blur), with perspective, light, noise, JPEG and other backgrounds added.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from visualsearch.measuring.rephotograph import through_jpeg

Random = np.random.Generator
Pixels = npt.NDArray[np.float32]
Corners = npt.NDArray[np.float64]

_UNIT_SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


@dataclass(frozen=True)
class Strength:
    """How far views stray. Areas and shifts are fractions of the picture, angles degrees, chances in [0, 1]."""

    smallest_area: float = 0.35
    rotation: float = 15.0
    perspective: float = 0.06
    light: float = 0.45
    cast: float = 0.15
    new_background: float = 0.75
    camera_fault: float = 0.3
    occlusion: float = 0.15


def view(
    picture: Image.Image,
    mask: Image.Image | None,
    backdrop: Image.Image,
    size: int,
    random: Random,
    strength: Strength = Strength(),
) -> npt.NDArray[np.uint8]:
    """One training view of a picture, uint8 (size, size, 3).

    With a mask (see background.py) the product is mostly put on the backdrop, at a size and place of its own.
    """
    if mask is not None and random.random() < strength.new_background:
        framed = _on_backdrop(picture, mask, backdrop, size, random, strength)
    else:
        framed = _warp(picture, _corners(picture.size, random, strength, (strength.smallest_area, 1.0)), size)
    if random.random() < 0.5:
        framed = framed.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    lit = relight(np.asarray(framed, dtype=np.float32), random, strength)
    return camera(lit, random, strength)


def _on_backdrop(
    picture: Image.Image, mask: Image.Image, backdrop: Image.Image, size: int, random: Random, strength: Strength
) -> Image.Image:
    box = mask.getbbox() or (0, 0, *mask.size)
    product, shape = picture.crop(box), mask.crop(box)
    # Areas above 1 leave room around the product, as a photo taken from further away does.
    corners = _corners(product.size, random, strength, (0.6, 3.2), inside=False)
    place = textured(backdrop, size, random)
    place.paste(_warp(product, corners, size), (0, 0), _warp(shape, corners, size))
    return place


def textured(backdrop: Image.Image, size: int, random: Random) -> Image.Image:
    """Somewhere a product may stand: a part of another picture, a plain colour, or a soft gradient."""
    kind = random.random()
    if kind < 0.55:
        side = int(min(backdrop.size) * random.uniform(0.3, 0.9))
        left, top = (int(random.integers(0, extent - side + 1)) for extent in backdrop.size)
        part = backdrop.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
        return part.filter(ImageFilter.GaussianBlur(float(random.uniform(0.0, 3.0))))
    cells = 1 if kind < 0.7 else int(random.integers(2, 5))
    colours = random.integers(30, 256, (1, 1, 3)) + random.normal(0.0, 25.0, (cells, cells, 3))
    coarse = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    return coarse.resize((size, size), Image.Resampling.BICUBIC)


def _corners(
    size: tuple[int, int], random: Random, strength: Strength, areas: tuple[float, float], inside: bool = True
) -> Corners:
    """The four corners in the picture, clockwise from the upper left, of the quadrilateral that becomes the view."""
    extent = np.array(size, dtype=np.float64)
    side = np.sqrt(random.uniform(*areas)) * (extent.min() if inside else extent.max())
    aspect = np.exp(random.uniform(-0.2, 0.2))
    shape = _UNIT_SQUARE * side * np.array([aspect, 1.0 / aspect])
    angle = np.deg2rad(random.uniform(-strength.rotation, strength.rotation))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = shape @ turn.T + random.uniform(-strength.perspective, strength.perspective, (4, 2)) * side
    room = np.maximum(np.abs(extent - side), 0.0) / 2
    corners = extent / 2 + random.uniform(-1.0, 1.0, 2) * room + shape
    kept: Corners = np.clip(corners, 0.0, extent) if inside else corners
    return kept


def _warp(picture: Image.Image, corners: Corners, size: int) -> Image.Image:
    """The quadrilateral stretched to a square; what lies outside the picture comes out black."""
    longest = max(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1))
    shrink = max(
        1, int(longest // (1.6 * size))
    )  # transform() does not smooth, so far too large pictures shrink first
    if shrink > 1:
        picture, corners = picture.reduce(shrink), corners / shrink
    target = (_UNIT_SQUARE + 0.5) * size
    return picture.transform(
        (size, size), Image.Transform.PERSPECTIVE, _perspective(target, corners), Image.Resampling.BILINEAR
    )


def _perspective(target: Corners, source: Corners) -> list[float]:
    rows, values = [], []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows), np.array(values))]


def relight(pixels: Pixels, random: Random, strength: Strength) -> Pixels:
    """Brightness, contrast, saturation, a colour cast, and light that falls from one side; float32 (s, s, 3)."""
    light, cast = strength.light, strength.cast
    pixels = pixels * np.float32(np.exp(random.uniform(-light, light)))
    pixels = pixels * np.exp(random.normal(0.0, cast / 2, 3)).astype(np.float32)
    grey = pixels.mean(axis=2, keepdims=True)
    pixels = grey + (pixels - grey) * np.float32(random.uniform(1.0 - light, 1.0 + light))
    middle = np.float32(pixels.mean())
    pixels = middle + (pixels - middle) * np.float32(random.uniform(1.0 - light, 1.0 + light))
    if random.random() < 0.5:
        ramp = np.linspace(-1.0, 1.0, pixels.shape[0], dtype=np.float32)
        across, down = random.uniform(-0.3, 0.3, 2).astype(np.float32)
        pixels = pixels * (1.0 + across * ramp[None, :, None] + down * ramp[:, None, None])
    return pixels


def camera(pixels: Pixels, random: Random, strength: Strength) -> npt.NDArray[np.uint8]:
    """What a hasty hand and a cheap camera add: something in the way, blur, noise, JPEG."""
    size, fault = pixels.shape[0], strength.camera_fault
    if random.random() < strength.occlusion:
        width, height = random.integers(size // 8, size // 3, 2)
        left, top = random.integers(0, size, 2)
        pixels = pixels.copy()
        pixels[top : top + height, left : left + width] = random.uniform(0, 255, 3)
    if random.random() < fault:
        pixels = pixels + random.normal(0.0, random.uniform(2.0, 12.0), pixels.shape).astype(np.float32)
    taken = np.clip(pixels, 0, 255).astype(np.uint8)
    if random.random() < fault:
        blurred = Image.fromarray(taken).filter(ImageFilter.GaussianBlur(float(random.uniform(0.4, 1.8))))
        taken = np.asarray(blurred)
    return through_jpeg(taken, int(random.integers(25, 85))) if random.random() < fault else taken
