"""Pictures made for tests, and the bytes a browser would send of them."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

SHAPES = ("circle", "square", "stripes", "cross")


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(width: int = 320, height: int = 240, seed: int = 0) -> Image.Image:
    """A picture with structure at several scales, unlike any other seed's."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return coarse.resize((width, height), Image.Resampling.BICUBIC)


def thing(shape: str, seed: int, side: int = 96) -> Image.Image:
    """A shape in a colour, a size and a place of its own on a light ground."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (side, side), tuple(int(v) for v in random.integers(215, 256, 3)))
    draw, colour = ImageDraw.Draw(image), tuple(int(v) for v in random.integers(0, 180, 3))
    size = int(side * random.uniform(0.4, 0.6))
    x, y = (int(v) for v in random.integers(side // 8, side - size - side // 8, 2))
    if shape == "circle":
        draw.ellipse((x, y, x + size, y + size), fill=colour)
    elif shape == "square":
        draw.rectangle((x, y, x + size, y + size), fill=colour)
    elif shape == "stripes":
        for top in range(y, y + size, size // 4):
            draw.rectangle((x, top, x + size, top + size // 10), fill=colour)
    else:
        draw.line((x, y, x + size, y + size), fill=colour, width=size // 6)
        draw.line((x + size, y, x, y + size), fill=colour, width=size // 6)
    return image


def class_folders(root: Path, each: int, first_seed: int = 0) -> Path:
    """A folder of class folders: `each` pictures of every shape."""
    for index, shape in enumerate(SHAPES):
        folder = root / "shapes" / shape
        folder.mkdir(parents=True)
        for number in range(each):
            thing(shape, first_seed + 1000 * index + number).save(folder / f"{number}.png")
    return root
