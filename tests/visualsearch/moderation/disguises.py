"""What people do to a picture so that it passes as another one."""

from collections.abc import Callable
from functools import partial
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Random = np.random.Generator
Disguise = Callable[[Image.Image, Random], Image.Image]

LINES = ("SUPER SALE", "Order now 0123 456789", "www.example.com", "NEW 50 % OFF", "Original quality")
COLOURS = ("white", "black", "red", "yellow", "navy")
PAGES = ("white", "#f2f2f2", "#181818")


def crop(picture: Image.Image, random: Random) -> Image.Image:
    """Keep 70 % of the width and height, at a random place."""
    width, height = round(0.7 * picture.width), round(0.7 * picture.height)
    left, top = random.integers(0, picture.width - width + 1), random.integers(0, picture.height - height + 1)
    return picture.crop((int(left), int(top), int(left) + width, int(top) + height))


def mirror(picture: Image.Image, random: Random) -> Image.Image:
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def text(picture: Image.Image, random: Random) -> Image.Image:
    """Write two lines across the picture, each at least 60 % as wide."""
    changed = picture.copy()
    draw = ImageDraw.Draw(changed)
    for line in random.choice(LINES, 2, replace=False):
        size = picture.width * random.uniform(0.6, 0.9)
        font = ImageFont.load_default(size=max(8, 1.8 * size / len(line)))
        place = random.uniform(0, 0.3) * picture.width, random.uniform(0.05, 0.8) * picture.height
        draw.text(place, str(line), fill=str(random.choice(COLOURS)), font=font)
    return changed


def jpeg(picture: Image.Image, random: Random) -> Image.Image:
    """Compress with a quality of 30."""
    file = BytesIO()
    picture.save(file, "JPEG", quality=30)
    return Image.open(file).convert("RGB")


def half(picture: Image.Image, random: Random) -> Image.Image:
    return picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)), Image.Resampling.BICUBIC)


def hue(picture: Image.Image, random: Random) -> Image.Image:
    """Turn all hues by 15 to 60 degrees."""
    turn = round(random.uniform(15, 60) / 360 * 256) * random.choice([-1, 1])
    pixels = np.array(picture.convert("HSV"))
    pixels[..., 0] += np.uint8(turn % 256)
    return Image.fromarray(pixels, "HSV").convert("RGB")


def border(picture: Image.Image, random: Random) -> Image.Image:
    """Frame the picture, 4 to 15 % of its size on each side."""
    edge = round(random.uniform(0.04, 0.15) * max(picture.size))
    framed = Image.new("RGB", (picture.width + 2 * edge, picture.height + 2 * edge), str(random.choice(COLOURS)))
    framed.paste(picture, (edge, edge))
    return framed


def screenshot(picture: Image.Image, random: Random) -> Image.Image:
    """Show the picture on a page with bars and lines of text, on a phone or a wider screen."""
    page = str(random.choice(PAGES))
    ink = "#dddddd" if page == "#181818" else "#333333"
    is_phone = random.random() < 0.5
    width, height = (540, 1080) if is_phone else (1280, 800)
    screen = Image.new("RGB", (width, height), page)
    draw, font = ImageDraw.Draw(screen), ImageFont.load_default(size=22)
    draw.rectangle((0, 0, width, 60), fill="#4267b2")
    scale = min((width if is_phone else 0.5 * width) / picture.width, 0.6 * height / picture.height)
    shown = picture.resize((round(scale * picture.width), round(scale * picture.height)), Image.Resampling.BICUBIC)
    left = (width - shown.width) // 2 if is_phone else round(random.uniform(0, 0.4) * width)
    top = round(random.uniform(0.1, 0.25) * height)
    for line in range(top + shown.height + 20, height - 30, 40):
        draw.text((30, line), str(random.choice(LINES)), fill=ink, font=font)
    screen.paste(shown, (left, top))
    return screen


SINGLE: dict[str, Disguise] = {
    each.__name__: each for each in (crop, mirror, text, jpeg, half, hue, border, screenshot)
}


def both(picture: Image.Image, random: Random, names: tuple[str, str]) -> Image.Image:
    for name in names:
        picture = SINGLE[name](picture, random)
    return picture


def ten(random: Random) -> dict[str, Disguise]:
    """Return each single disguise and two random pairs, by name."""
    pairs: dict[str, Disguise] = {}
    while len(pairs) < 2:
        first, second = (str(name) for name in random.choice(list(SINGLE), 2, replace=False))
        pairs[f"{first} + {second}"] = partial(both, names=(first, second))
    return SINGLE | pairs
