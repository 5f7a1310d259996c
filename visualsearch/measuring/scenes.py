"""Put catalogue pictures into scenes, as customers photograph products: harder than `rephotograph` alone.

What stands out from a plain border is cut out; other pictures are placed whole. It is set before another background,
smaller or closer than in the catalogue, sometimes with a second thing beside it, in uneven and coloured light, and
with noise and JPEG. Such pictures score about as customers' photos do.
"""

import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Floats = npt.NDArray[np.float64]

SIDE = 300  # pixels
SCALES = (0.7, 1.15)  # of the side
BESIDE = 0.35  # probability of a second thing
SCALES_BESIDE = (0.3, 0.6)
PLAIN = 24  # values: how far most of a plain border is from its median at most
QUALITIES = (35, 75)


class Cutout(NamedTuple):
    """A picture, and a mask of the thing in it."""

    picture: Image.Image
    mask: Image.Image


def scene(
    picture: Image.Image, backdrop: Image.Image, beside: Image.Image, random: np.random.Generator
) -> Image.Image:
    """Return the thing in the picture as a customer might photograph it, before a part of `backdrop`."""
    canvas = _background(backdrop, random)
    if random.random() < BESIDE:
        place = (0.5 + random.choice([-1, 1]) * random.uniform(0.4, 0.5), random.uniform(0.3, 0.8))
        _place(canvas, beside, random.uniform(*SCALES_BESIDE), place, random)
    _place(canvas, picture, random.uniform(*SCALES), random.uniform(0.42, 0.58, 2), random)
    return _photograph(canvas, random)


def cut_out(picture: Image.Image) -> Cutout:
    """Return the picture with a mask of what differs from its border, or of all of it if the border is not plain."""
    pixels = np.asarray(picture, dtype=np.float32)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = np.median(border, axis=0)
    mask = Image.new("L", picture.size, 255)
    if np.quantile(np.abs(border - colour).max(axis=1), 0.8) > PLAIN:
        return Cutout(picture, mask)
    differs = np.clip((np.abs(pixels - colour).max(axis=2) - 12) / 16, 0, 1)
    found = Image.fromarray((differs * 255).astype(np.uint8))
    found = (
        found.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.MinFilter(5)).filter(ImageFilter.GaussianBlur(1.5))
    )
    is_thing = 0.02 < float(np.asarray(found).mean()) / 255 < 0.9
    return Cutout(picture, found if is_thing else mask)


def _background(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Return a blurred, tinted part of the picture."""
    width, height = picture.size
    left, top = random.uniform(0, 0.65, 2)
    box = (int(left * width), int(top * height), int((left + 0.35) * width) + 1, int((top + 0.35) * height) + 1)
    blur = ImageFilter.GaussianBlur(float(random.uniform(1, 6)))
    part = picture.crop(box).resize((SIDE, SIDE), Image.Resampling.BICUBIC).filter(blur)
    tint = random.uniform(0.2, 0.8)
    colour = 0.5 * (random.uniform(40, 230, 3) + random.uniform(60, 220))
    tinted = np.asarray(part, dtype=np.float32) * (1 - tint) + colour * tint
    return _picture(tinted / 255 * _slope(random, 0.3))


def _place(
    canvas: Image.Image, picture: Image.Image, scale: float, centre: Sequence[float] | Floats,
    random: np.random.Generator
) -> None:  # fmt: skip
    share = SIDE * scale / max(picture.size)
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    angle = float(random.uniform(-12, 12))
    thing = (each.rotate(angle, Image.Resampling.BILINEAR, expand=True)
             for each in cut_out(picture.resize(size, Image.Resampling.BILINEAR)))  # fmt: skip
    turned, mask = thing
    corner = [round(at * SIDE - extent / 2) for at, extent in zip(centre, turned.size, strict=True)]
    canvas.paste(turned, (corner[0], corner[1]), mask)


def _photograph(canvas: Image.Image, random: np.random.Generator) -> Image.Image:
    """Return the scene in some light, through some camera."""
    blurred = canvas.filter(ImageFilter.GaussianBlur(float(random.uniform(0.3, 1.3))))
    light = np.asarray(blurred, dtype=np.float32) / 255
    light = light ** random.uniform(0.7, 1.4) * random.uniform(0.7, 1.3) * random.uniform(0.9, 1.1, 3)
    noise = random.normal(0, random.uniform(0, 0.03), light.shape)
    file = io.BytesIO()
    _picture(light * _slope(random, 0.45) + noise).save(file, "JPEG", quality=int(random.integers(*QUALITIES)))
    with Image.open(file) as photo:
        return photo.convert("RGB")


def _slope(random: np.random.Generator, most: float) -> Floats:
    """Return factors (SIDE, SIDE, 1) of light that falls off in some direction."""
    across, angle = np.linspace(-1, 1, SIDE), random.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * across[None, :] + np.sin(angle) * across[:, None]
    factors: Floats = (1 + random.uniform(0, most) * slope)[..., None]
    return factors


def _picture(values: npt.NDArray[np.floating]) -> Image.Image:
    return Image.fromarray((np.clip(values, 0, 1) * 255).astype(np.uint8))
