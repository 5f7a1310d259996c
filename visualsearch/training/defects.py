"""Make the defects of pictures that are not fit to sell with. The check for quality learns from them.

Each maker gets an RGB picture and a random generator and returns another picture. Strengths are drawn from ranges that
a person notices at once in a shop's listing; weaker ones are no defects.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Writing:
    """What overlays say and in which fonts of matplotlib: the benchmark writes others than training does."""

    phrases: tuple[str, ...]
    fonts: tuple[str, ...]


TRAINING = Writing(
    ("SALE", "-50 %", "NEW", "www.example.com", "Sample", "PREVIEW", "© Studio North", "Best price!", "Free shipping",
     "Photo: A. Miller", "DO NOT COPY", "Order now: 555 0199", "Top quality", "shop.example", "Limited offer",
     "ANGEBOT", "2 for 1", "IMG_20240611", "Verkauft", "Neu eingetroffen", "@northern.home", "PROOF",
     "Livraison gratuite"),
    ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-BoldOblique", "DejaVuSans-Oblique", "DejaVuSansMono",
     "DejaVuSansMono-Bold", "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic"),
)  # fmt: skip
MEASURING = Writing(
    ("Warehouse clearance", "copyright M. Weber", "from 9.90", "Sonderposten", "Musterbild", "www.kaufhaus.test",
     "-30%", "Call us 0800 1234", "Not for resale", "Hand made", "Stock photo", "Soldes"),
    ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta", "cmss10", "cmtt10"),
)  # fmt: skip


class Random(np.random.Generator):
    """A random generator that also knows how to write."""

    def __init__(self, seed: int, writing: Writing = TRAINING) -> None:
        super().__init__(np.random.PCG64(seed))
        self._writing = writing

    def phrase(self) -> str:
        return self._writing.phrases[self.integers(len(self._writing.phrases))]

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        name = self._writing.fonts[self.integers(len(self._writing.fonts))]
        return ImageFont.truetype(_font_folder() / f"{name}.ttf", max(6, size))


Maker = Callable[[Image.Image, Random, Sequence[Image.Image]], Image.Image]


@cache
def _font_folder() -> Path:
    import matplotlib  # noqa: PLC0415 - only making defects needs it

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def is_held_out(path: Path) -> bool:
    """Return True if training must not see this picture: half of all, by the hash of its name."""
    return hashlib.sha256(path.name.encode()).digest()[-1] % 2 == 1


def finish(image: Image.Image, rng: Random) -> Image.Image:
    """Save as JPEG and read again, as every upload was."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(rng.integers(72, 95)))
    return Image.open(file).convert("RGB")


def too_small(image: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    scale = rng.uniform(40, 140) / max(image.size)
    return _scaled(image, scale)


def blurred(image: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    """Out of focus by 1 to 2.5 % of the short side, moved by 3 to 7 % while taken, or enlarged from a thumbnail."""
    short, kind = min(image.size), rng.integers(3)
    if kind == 0:
        return image.filter(ImageFilter.GaussianBlur(short * rng.uniform(0.01, 0.025)))
    if kind == 1:
        return _moved(image, rng.uniform(0.03, 0.07) * short, rng.uniform(0, 180))
    small = _scaled(image, rng.uniform(40, 64) / short)
    return small.resize(image.size, Image.Resampling.BICUBIC)


def dark(image: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    """Three to five stops too dark, with the noise of a sensor."""
    return _exposed(image, 2 ** -rng.uniform(3, 5), rng, noise=rng.uniform(0.5, 2.5))


def overexposed(image: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    """Exposed until a half to nine tenths of the middle have burnt out."""
    across, down = image.width // 4, image.height // 4
    middle = np.asarray(image.crop((across, down, image.width - across, image.height - down))).max(2)
    light = (middle / 255) ** 2.2
    shown = light[light < 0.95] if (light < 0.95).any() else light
    factor = 1 / max(1e-2, np.quantile(shown, rng.uniform(0.1, 0.5)))
    return _exposed(image, max(factor, 2.0), rng, noise=0)


def text(image: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    """A watermark over the whole picture, one across it, a line of text or a badge, all in a colour that shows."""
    makers = (_tiled, _across, _line, _badge)
    for _ in range(8):
        marked = makers[rng.integers(4)](image, rng.phrase(), rng)
        changed = np.abs(np.asarray(marked, np.int16) - np.asarray(image)).max(2) > 40
        if changed.mean() > 0.008:
            break
    return marked


def collage(image: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    """Two to six pictures side by side, mostly with a gap."""
    columns, rows = ((2, 1), (1, 2), (2, 2), (3, 1), (3, 2), (2, 3))[rng.integers(6)]
    cell = (int(rng.integers(140, 260)), int(rng.integers(140, 260)))
    gap = int(rng.integers(0, 9)) if rng.random() < 0.8 else 0
    grey = int(rng.choice([255, 255, 255, 0, 128, 230]))
    size = columns * cell[0] + (columns - 1) * gap, rows * cell[1] + (rows - 1) * gap
    sheet = Image.new("RGB", size, (grey, grey, grey))
    pictures = [image, *others]
    for place in range(columns * rows):
        part = _filling(pictures[place % len(pictures)], cell)
        sheet.paste(part, (place % columns * (cell[0] + gap), place // columns * (cell[1] + gap)))
    return sheet


def screenshot(image: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    """The picture in a phone's app or in a window on a desk."""
    return _phone(image, rng) if rng.random() < 0.6 else _window(image, rng)


def empty(image: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    """A backdrop without goods: a shade, a slope of two shades, or a corner of the picture out of focus."""
    size, kind = image.size, rng.integers(3)
    if kind == 2:
        width, height = max(8, size[0] // 8), max(8, size[1] // 8)
        corner = image.crop((0, 0, width, height)).resize(size, Image.Resampling.BICUBIC)
        return _noisy(corner.filter(ImageFilter.GaussianBlur(min(size) / 20)), rng, rng.uniform(0, 3))
    first, second = (rng.integers(0, 256, 3) if rng.random() < 0.4 else np.repeat(rng.integers(20, 256), 3)
                     for _ in range(2))  # fmt: skip
    second = first if kind == 0 else np.clip(first + (second - first) * 0.3, 0, 255)
    angle, across = rng.uniform(0, 2 * np.pi), np.linspace(0, 1, 64)
    ramp = (np.cos(angle) * across[None, :] + np.sin(angle) * across[:, None] + 1) / 2.5
    pixels = first + ramp[..., None].clip(0, 1) * (second - first)
    backdrop = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    return _noisy(backdrop, rng, rng.uniform(0, 3))


MAKERS: dict[str, Maker] = {
    "too_small": too_small, "blurred": blurred, "dark": dark, "overexposed": overexposed, "text": text,
    "collage": collage, "screenshot": screenshot, "empty": empty,
}  # fmt: skip


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BICUBIC)


def _moved(image: Image.Image, length: float, angle: float) -> Image.Image:
    steps = max(3, int(length))
    total = np.zeros((image.height, image.width, 3), np.float32)
    for step in np.linspace(-0.5, 0.5, steps):
        shift = step * length * np.cos(np.radians(angle)), step * length * np.sin(np.radians(angle))
        total += np.asarray(ImageChops.offset(image, round(shift[0]), round(shift[1])), np.float32)
    return Image.fromarray((total / steps).astype(np.uint8))


def _exposed(image: Image.Image, factor: float, rng: Random, noise: float) -> Image.Image:
    light = (np.asarray(image, np.float32) / 255) ** 2.2 * factor
    pixels = light.clip(0, 1) ** (1 / 2.2) * 255
    return _noisy(Image.fromarray(pixels.astype(np.uint8)), rng, noise)


def _noisy(image: Image.Image, rng: Random, sigma: float) -> Image.Image:
    noise = rng.normal(0, sigma, (image.height, image.width, 1)) if sigma else 0
    return Image.fromarray((np.asarray(image, np.float32) + noise).clip(0, 255).astype(np.uint8))


def _filling(image: Image.Image, cell: tuple[int, int]) -> Image.Image:
    scale = max(cell[0] / image.width, cell[1] / image.height)
    scaled = image.resize((max(cell[0], round(image.width * scale)), max(cell[1], round(image.height * scale))))
    left, top = (scaled.width - cell[0]) // 2, (scaled.height - cell[1]) // 2
    return scaled.crop((left, top, left + cell[0], top + cell[1]))


def _ink(rng: Random) -> Colour:
    shades: tuple[Colour, ...] = (
        (255, 255, 255),
        (255, 255, 255),
        (0, 0, 0),
        (128, 128, 128),
        (220, 20, 30),
        (20, 60, 200),
        (255, 220, 0),
    )
    return shades[rng.integers(len(shades))]


def _blend(image: Image.Image, mask: Image.Image, ink: Colour, opacity: float) -> Image.Image:
    return Image.composite(Image.new("RGB", image.size, ink), image, mask.point(lambda value: value * opacity))


def _written(phrase: str, height: float, rng: Random) -> Image.Image:
    """Return the phrase as a mask whose capital letters are about `height` pixels high."""
    face = rng.font(height * 1.35)
    left, top, right, bottom = face.getbbox(phrase)
    mask = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(mask).text((2 - left, 2 - top), phrase, fill=255, font=face)
    return mask


def _tiled(image: Image.Image, phrase: str, rng: Random) -> Image.Image:
    width, height = image.size
    mark = _written(phrase[:16], min(image.size) * rng.uniform(0.045, 0.09), rng)
    side = int(np.hypot(width, height)) + 2
    step = mark.width + int(rng.uniform(0.2, 0.8) * mark.width), int(mark.height * rng.uniform(1.8, 4))
    plane = Image.new("L", (side, side), 0)
    for row, y in enumerate(range(0, side, step[1])):
        for x in range(-(row % 2) * step[0] // 2, side, step[0]):
            plane.paste(mark, (x, y))
    plane = plane.rotate(rng.choice([0, 20, 30, 45, -30, -45]), Image.Resampling.BICUBIC)
    left, top = (side - width) // 2, (side - height) // 2
    return _blend(image, plane.crop((left, top, left + width, top + height)), _ink(rng), rng.uniform(0.3, 0.7))


def _across(image: Image.Image, phrase: str, rng: Random) -> Image.Image:
    width, height = image.size
    mark = _written(phrase[:16], 60, rng)
    mark = _scaled(mark, min(rng.uniform(0.6, 0.9) * width / mark.width, 0.35 * height / mark.height))
    mark = mark.rotate(rng.choice([0, 15, 30, 45, -30]), Image.Resampling.BICUBIC, expand=True)
    plane = Image.new("L", image.size, 0)
    plane.paste(mark, ((width - mark.width) // 2, (height - mark.height) // 2))
    return _blend(image, plane, _ink(rng), rng.uniform(0.35, 0.8))


def _line(image: Image.Image, phrase: str, rng: Random) -> Image.Image:
    width, height = image.size
    mark = _written(phrase, min(image.size) * rng.uniform(0.05, 0.12), rng)
    mark = _scaled(mark, min(1, 0.95 * width / mark.width))
    y = int(rng.choice([0.03, 0.5, 0.9]) * (height - mark.height))
    x = int(rng.uniform(0.05, 0.95) * (width - mark.width))
    plane = Image.new("L", image.size, 0)
    plane.paste(mark, (x, y))
    ink = _ink(rng)
    if rng.random() < 0.4:  # on a bar
        bar = Image.new("L", image.size, 0)
        bar.paste(255, (0, max(0, y - 5), width, y + mark.height + 5))
        image = _blend(image, bar, (255, 255, 255) if sum(ink) < 300 else (20, 20, 20), rng.uniform(0.6, 1))
    return _blend(image, plane, ink, rng.uniform(0.75, 1))


def _badge(image: Image.Image, phrase: str, rng: Random) -> Image.Image:
    side = int(min(image.size) * rng.uniform(0.25, 0.4))
    mark = _written(phrase[:8], 40, rng)
    mark = _scaled(mark, 0.85 * side / mark.width)
    left, top = ((extent - side) * int(rng.integers(2)) for extent in image.size)
    result = image.copy()
    draw, colours = ImageDraw.Draw(result), ((220, 20, 30), (255, 210, 0), (20, 120, 60), (20, 60, 200), (0, 0, 0))
    shape = draw.ellipse if rng.random() < 0.6 else draw.rectangle
    colour = colours[rng.integers(len(colours))]
    shape((left, top, left + side, top + side), fill=colour)
    ink = (0, 0, 0) if sum(colour) > 400 else (255, 255, 255)
    result.paste(ink, (left + (side - mark.width) // 2, top + (side - mark.height) // 2), mark)
    return result


def _phone(image: Image.Image, rng: Random) -> Image.Image:
    """Return a screen of an app: status bar, title, the picture, lines of text, buttons."""
    width = int(rng.integers(300, 440))
    height = int(width * rng.uniform(1.75, 2.17))
    is_dark = rng.random() < 0.3
    paper, ink = ((24, 24, 26), (235, 235, 235)) if is_dark else ((255, 255, 255), (20, 20, 20))
    screen = Image.new("RGB", (width, height), paper)
    draw, unit = ImageDraw.Draw(screen), width / 24
    draw.text((unit, unit * 0.4), f"{rng.integers(24)}:{rng.integers(10, 60)}", fill=ink, font=rng.font(unit))
    draw.rectangle((width - 3 * unit, unit * 0.5, width - unit, unit * 1.3), outline=ink, fill=ink)
    draw.text((2 * unit, 2.2 * unit), rng.phrase(), fill=ink, font=rng.font(unit * 1.2))
    top = int(unit * rng.uniform(4, 5))
    part = _filling(image, (width, int(min(height * 0.6, width * image.height / image.width))))
    screen.paste(part, (0, top))
    y = top + part.height + unit
    while y < height - 5 * unit:
        draw.text((unit, y), rng.phrase(), fill=ink, font=rng.font(unit * rng.uniform(0.8, 1.4)))
        y += unit * rng.uniform(1.6, 2.6)
    draw.rectangle((unit, height - 4 * unit, width - unit, height - 2 * unit), fill=_ink(rng))
    return screen


def _window(image: Image.Image, rng: Random) -> Image.Image:
    """Return a browser's window: bars with buttons and an address, the picture beside lines of text."""
    width, height = int(rng.integers(560, 760)), int(rng.integers(380, 500))
    grey = int(rng.integers(200, 246))
    screen = Image.new("RGB", (width, height), (255, 255, 255))
    draw, bar = ImageDraw.Draw(screen), int(height * rng.uniform(0.1, 0.16))
    draw.rectangle((0, 0, width, bar), fill=(grey, grey, grey + 8))
    for place, colour in enumerate(((236, 95, 86), (250, 190, 60), (70, 200, 80))):
        draw.ellipse((10 + place * 18, 6, 20 + place * 18, 16), fill=colour)
    draw.rectangle((80, bar // 2, width - 60, bar - 4), fill=(255, 255, 255))
    draw.text((90, bar // 2), "https://shop.example/products/", fill=(60, 60, 60), font=rng.font(bar / 3.2))
    side = int((height - bar) * rng.uniform(0.6, 0.9))
    part = _filling(image, (side, side))
    screen.paste(part, (24, bar + 16))
    y = bar + 20.0
    while y < height - 24:
        draw.text((side + 48, y), rng.phrase(), fill=(30, 30, 30), font=rng.font(rng.uniform(10, 20)))
        y += rng.uniform(18, 40)
    return screen
