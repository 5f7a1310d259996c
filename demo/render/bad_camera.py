"""Camera faults: shake, noise, wrong exposure, dirt and compression."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

Picture = Image.Image


def blur(picture: Picture) -> Picture:
    return picture.filter(ImageFilter.GaussianBlur(1.7))


def shake(picture: Picture) -> Picture:
    """Blur the picture by a short diagonal movement during the exposure."""
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


def _grain(picture: Picture, amount: float) -> Picture:
    """Add sensor noise, which is stronger in dark areas and coarser in colour than in brightness."""
    pixels = np.asarray(picture, dtype=np.float32)
    rng = np.random.default_rng(int(pixels.sum()) % 2**32)
    height, width = pixels.shape[:2]
    fine = rng.normal(0, amount, (height, width, 1))
    coarse = rng.normal(0, 127, (height // 3 + 1, width // 3 + 1, 3)).clip(-128, 127) + 128
    blotches = Image.fromarray(coarse.astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    tinted = (np.asarray(blotches, dtype=np.float32) - 128) / 127 * amount * 0.6
    dark = 1.25 - 0.6 * pixels.mean(axis=2, keepdims=True) / 255
    return Image.fromarray(np.clip(pixels + (fine + tinted) * dark, 0, 255).astype(np.uint8))


def phone(picture: Picture) -> Picture:
    """Process the picture as a good phone does: slightly more sharpness, colour and grain, and darker corners."""
    sharp = picture.filter(ImageFilter.UnsharpMask(1.6, 70, 2))
    pixels = np.asarray(ImageEnhance.Color(sharp).enhance(1.08), dtype=np.float32)
    y, x = np.mgrid[-1 : 1 : pixels.shape[0] * 1j, -1 : 1 : pixels.shape[1] * 1j]
    darker = Image.fromarray((pixels * (1 - 0.07 * (x**2 + y**2))[:, :, None]).clip(0, 255).astype(np.uint8))
    return _grain(darker, 3.6)


def auto_exposure(picture: Picture) -> Picture:
    """Move the exposure halfway towards a middle grey."""
    light = (np.asarray(picture, dtype=np.float32) / 255) ** 2.2
    height, width = light.shape[:2]
    middle = light[height // 6 : -height // 6, width // 6 : -width // 6]
    gain = float(np.clip((0.21 / max(float(middle.mean()), 1e-3)) ** 0.55, 0.8, 2.6))
    lifted = light * gain
    bent = lifted / (1 + np.maximum(lifted - 0.6, 0) * 0.55)
    return Image.fromarray((bent.clip(0, 1) ** (1 / 2.2) * 255).astype(np.uint8))


def high_iso(picture: Picture) -> Picture:
    """Add strong noise, smeared by a phone's noise reduction."""
    return _grain(_grain(picture, 20.0).filter(ImageFilter.MedianFilter(3)), 9.0)


def out_of_focus(picture: Picture) -> Picture:
    return picture.filter(ImageFilter.GaussianBlur(picture.width / 240))


def long_shake(picture: Picture) -> Picture:
    """Blur the picture by a curved movement during a long exposure."""
    pixels = np.asarray(picture, dtype=np.float32)
    steps = [(round(8 * t), round(4 * t * t)) for t in np.linspace(-1, 1, 15)]
    return Image.fromarray(np.mean([np.roll(pixels, (b, a), axis=(0, 1)) for a, b in steps], axis=0).astype(np.uint8))


def low_resolution(picture: Picture) -> Picture:
    """Reduce the resolution to that of an old camera."""
    small = picture.resize((picture.width // 4, picture.height // 4), Image.Resampling.BOX)
    return small.resize(picture.size, Image.Resampling.BICUBIC)


def squeezed(picture: Picture) -> Picture:
    """Shrink and compress the picture twice, as messaging apps do."""
    for width, quality in ((0.7, 30), (0.5, 22)):
        scaled = picture.resize((round(picture.width * width), round(picture.height * width)))
        memory = io.BytesIO()
        scaled.save(memory, "JPEG", quality=quality)
        picture = Image.open(memory).convert("RGB").resize(picture.size, Image.Resampling.BILINEAR)
    return picture


def smeared_lens(picture: Picture) -> Picture:
    """Add a veil of light, as from grease on the lens."""
    veil = picture.filter(ImageFilter.GaussianBlur(picture.width / 28))
    soft = Image.blend(picture.filter(ImageFilter.GaussianBlur(1.4)), veil, 0.42)
    return ImageEnhance.Brightness(soft).enhance(1.12)


def contrasty(picture: Picture) -> Picture:
    return ImageEnhance.Contrast(picture).enhance(1.35)


EFFECTS: dict[str, Callable[[Picture], Picture]] = {
    "blur": blur,
    "shake": shake,
    "noise": noise,
    "vignette": vignette,
    "yellow cast": tint(1.08, 1.0, 0.82),
    "blue cast": tint(0.9, 1.0, 1.12),
    "washed out": washed_out,
    "punchy": punchy,
    "phone": phone,
    "auto exposure": auto_exposure,
    "high iso": high_iso,
    "out of focus": out_of_focus,
    "long shake": long_shake,
    "low resolution": low_resolution,
    "squeezed": squeezed,
    "smeared lens": smeared_lens,
    "contrasty": contrasty,
    "warm cast": tint(1.1, 0.98, 0.8),
    "green cast": tint(0.94, 1.06, 0.92),
}


def spoil(picture: Picture, effects: tuple[str, ...]) -> Picture:
    for name in effects:
        picture = EFFECTS[name](picture)
    return picture
