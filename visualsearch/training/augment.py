"""Augment catalogue pictures to look like customer photos: other framing, light, cameras and backgrounds.

The views follow Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations" (crop,
colour, blur), and add perspective, directional light, noise, JPEG and backgrounds. All randomness comes from one numpy
generator per view, so that a view does not depend on the thread that makes it; torchvision's transforms draw from
torch's global generator.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from visualsearch.measuring.rephotograph import compress
from visualsearch.training.plan import Strength

Random = np.random.Generator
Pixels = npt.NDArray[np.float32]
Corners = npt.NDArray[np.float64]

_UNIT_SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


def augment(
    picture: Image.Image,
    mask: Image.Image | None,
    backdrop: Image.Image,
    size: int,
    random: Random,
    strength: Strength,
) -> npt.NDArray[np.uint8]:
    """Return one training view of a picture, uint8 (size, size, 3).

    With a mask (see background.py), the product usually moves to a background made from the backdrop.
    """
    if mask is not None and random.random() < strength.new_background:
        framed = _place_on_background(picture, mask, backdrop, size, random, strength)
    else:
        framed = _warp(picture, _corners(picture.size, random, strength, (strength.smallest_area, 1.0)), size)
    if random.random() < 0.5:
        framed = framed.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    lit = _relight(np.asarray(framed, dtype=np.float32), random, strength)
    return _add_camera_faults(lit, random, strength)


def make_background(backdrop: Image.Image, size: int, random: Random) -> Image.Image:
    """Return a background: part of another picture, a plain colour, or a soft gradient."""
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


def _place_on_background(
    picture: Image.Image, mask: Image.Image, backdrop: Image.Image, size: int, random: Random, strength: Strength
) -> Image.Image:
    box = mask.getbbox() or (0, 0, *mask.size)
    product, shape = picture.crop(box), mask.crop(box)
    # Areas above 1 leave room around the product, as in a photo from further away.
    corners = _corners(product.size, random, strength, (0.6, 3.2), inside=False)
    background = make_background(backdrop, size, random)
    background.paste(_warp(product, corners, size), (0, 0), _warp(shape, corners, size))
    return background


def _corners(
    size: tuple[int, int], random: Random, strength: Strength, areas: tuple[float, float], inside: bool = True
) -> Corners:
    """Return the corners in the picture, clockwise from the upper left, of the quadrilateral that becomes the view."""
    extent = np.array(size, dtype=np.float64)
    side = np.sqrt(random.uniform(*areas)) * (extent.min() if inside else extent.max())
    aspect = np.exp(random.uniform(-0.2, 0.2))
    shape = _UNIT_SQUARE * side * np.array([aspect, 1.0 / aspect])
    angle = np.deg2rad(random.uniform(-strength.rotation, strength.rotation))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = shape @ rotation.T + random.uniform(-strength.perspective, strength.perspective, (4, 2)) * side
    room = np.maximum(np.abs(extent - side), 0.0) / 2
    corners: Corners = extent / 2 + random.uniform(-1.0, 1.0, 2) * room + shape
    return np.clip(corners, 0.0, extent) if inside else corners


def _warp(picture: Image.Image, corners: Corners, size: int) -> Image.Image:
    """Stretch the quadrilateral to a square; what lies outside the picture is black.

    One resampling does crop, rotation, aspect and perspective; torchvision's three take five times as long.
    """
    longest = max(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1))
    factor = max(1, int(longest // (1.6 * size)))
    if factor > 1:  # transform() does not smooth, so large pictures are reduced first
        picture, corners = picture.reduce(factor), corners / factor
    target = (_UNIT_SQUARE + 0.5) * size
    return picture.transform(
        (size, size), Image.Transform.PERSPECTIVE, _perspective(target, corners), Image.Resampling.BILINEAR
    )


def _perspective(target: Corners, source: Corners) -> list[float]:
    """Return the eight coefficients that map target corners to source corners."""
    rows, values = [], []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows), np.array(values))]


def _relight(pixels: Pixels, random: Random, strength: Strength) -> Pixels:
    """Change brightness, colour cast, saturation and contrast, and add light from one side; float32 (s, s, 3).

    Values may exceed 255 on the way. torchvision's functions clip after every step, and four pairs of short runs with
    the same seeds then did worse: R@1 lower by 0.013 (-0.010 to 0.031), mAP by 0.005 to 0.037.
    """
    light, cast = strength.light, strength.cast
    pixels = pixels * np.float32(np.exp(random.uniform(-light, light)))
    pixels = pixels * np.exp(random.normal(0.0, cast / 2, 3)).astype(np.float32)
    grey = pixels.mean(axis=2, keepdims=True)
    pixels = grey + (pixels - grey) * np.float32(random.uniform(1.0 - light, 1.0 + light))
    mean = np.float32(pixels.mean())
    pixels = mean + (pixels - mean) * np.float32(random.uniform(1.0 - light, 1.0 + light))
    if random.random() < 0.5:
        ramp = np.linspace(-1.0, 1.0, pixels.shape[0], dtype=np.float32)
        across, down = random.uniform(-0.3, 0.3, 2).astype(np.float32)
        pixels = pixels * (1.0 + across * ramp[None, :, None] + down * ramp[:, None, None])
    return pixels


def _add_camera_faults(pixels: Pixels, random: Random, strength: Strength) -> npt.NDArray[np.uint8]:
    """Add the faults of amateur photos: an object in front, noise, blur and JPEG artefacts.

    JPEG and blur are Pillow's: torchvision's codec does not load with a CPU build of torch.
    """
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
    return compress(taken, int(random.integers(25, 85))) if random.random() < fault else taken
