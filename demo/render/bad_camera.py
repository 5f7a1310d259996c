"""What a hurried hand and a cheap lens do to a picture."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

Picture = Image.Image


def blur(picture: Picture) -> Picture:
    return picture.filter(ImageFilter.GaussianBlur(1.7))


def shake(picture: Picture) -> Picture:
    """A short diagonal movement during the exposure."""
    pixels = np.asarray(picture, dtype=np.float32)
    moved = [np.roll(pixels, (step // 2, step), axis=(0, 1)) for step in range(-4, 5)]
    return Image.fromarray(np.mean(moved, axis=0).astype(np.uint8))


def noise(picture: Picture) -> Picture:
    pixels = np.asarray(picture, dtype=np.float32)
    rng = np.random.default_rng(int(pixels.sum()) % 2**32)
    grain = rng.normal(0, 11, pixels.shape) + rng.normal(0, 7, pixels.shape[:2])[:, :, None]
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def vignette(picture: Picture) -> Picture:
    pixels = np.asarray(picture, dtype=np.float32)
    y, x = np.mgrid[-1 : 1 : pixels.shape[0] * 1j, -1 : 1 : pixels.shape[1] * 1j]
    return Image.fromarray((pixels * (1 - 0.28 * (x**2 + y**2))[:, :, None]).clip(0, 255).astype(np.uint8))


def tint(red: float, green: float, blue: float) -> Callable[[Picture], Picture]:
    def tinted(picture: Picture) -> Picture:
        pixels = np.asarray(picture, dtype=np.float32) * np.array([red, green, blue], dtype=np.float32)
        return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))

    return tinted


def washed_out(picture: Picture) -> Picture:
    return ImageEnhance.Brightness(ImageEnhance.Contrast(picture).enhance(0.75)).enhance(1.2)


def punchy(picture: Picture) -> Picture:
    return ImageEnhance.Color(ImageEnhance.Contrast(picture).enhance(1.15)).enhance(1.2)


EFFECTS: dict[str, Callable[[Picture], Picture]] = {
    "blur": blur,
    "shake": shake,
    "noise": noise,
    "vignette": vignette,
    "yellow cast": tint(1.08, 1.0, 0.82),
    "blue cast": tint(0.9, 1.0, 1.12),
    "washed out": washed_out,
    "punchy": punchy,
}


def spoil(picture: Picture, effects: tuple[str, ...]) -> Picture:
    for name in effects:
        picture = EFFECTS[name](picture)
    return picture
