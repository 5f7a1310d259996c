"""Generated pictures for tests."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

COLOURS = {"red": 0, "yellow": 40, "green": 85, "blue": 160}
SHAPES = ("circle", "square", "stripes", "cross")


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(width: int = 320, height: int = 240, seed: int = 0) -> Image.Image:
    """Return a picture with structure at several scales, different for each seed."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return coarse.resize((width, height), Image.Resampling.BICUBIC)


def thing(shape: str, hue: int, seed: int, side: int = 96) -> Image.Image:
    """Return a shape in a hue (0 to 255), with random size and position, on a light background."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (side, side), tuple(int(v) for v in random.integers(225, 256, 3)))
    full, bright = (int(v) for v in random.integers(180, 256, 2))
    colour = Image.new("HSV", (1, 1), (hue, full, bright)).convert("RGB").getpixel((0, 0))
    draw, size = ImageDraw.Draw(image), int(side * random.uniform(0.45, 0.6))
    x, y = (int(v) for v in random.integers(side // 8, side - size - side // 8, 2))
    if shape == "circle":
        draw.ellipse((x, y, x + size, y + size), fill=colour)
    elif shape == "square":
        draw.rectangle((x, y, x + size, y + size), fill=colour)
    elif shape == "stripes":
        for top in range(y, y + size, size // 4):
            draw.rectangle((x, top, x + size, top + size // 8), fill=colour)
    else:
        draw.line((x, y, x + size, y + size), fill=colour, width=size // 4)
        draw.line((x + size, y, x, y + size), fill=colour, width=size // 4)
    return image


def folders_of_colours(root: Path, each: int, first_seed: int = 0) -> Path:
    """Create nested class folders, where the class is the colour, whatever the shape."""
    for index, colour in enumerate(COLOURS):
        folder = root / "things" / colour
        folder.mkdir(parents=True)
        for number in range(each):
            shape = SHAPES[number % len(SHAPES)]
            thing(shape, COLOURS[colour], first_seed + 1000 * index + number).save(folder / f"{number}.png")
    return root


def catalogue(root: Path, products: int) -> Path:
    """Create a flat folder of catalogue pictures, two per product, named `<product>-<number>.png`."""
    root.mkdir(parents=True)
    for product in range(products):
        for number in (1, 2):
            shape, hue = SHAPES[product % len(SHAPES)], product * 255 // products
            thing(shape, hue, 10 * product + number).save(root / f"thing-{product}-{number}.png")
    return root


def photographed(root: Path) -> Path:
    """Create a folder of photos with a truth.csv: two products of the catalogue and one that is not sold."""
    root.mkdir()
    thing("circle", 0, 100).save(root / "a.png")
    thing("square", 63, 101).save(root / "b.png")
    noise().save(root / "stranger.png")
    (root / "truth.csv").write_text("photo,product,notes\na.png,thing-0,\nb.png,thing-1,\nstranger.png,,not sold\n")
    return root
