"""A contact sheet of photos that did not find their product: what to look at before training again."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from visualsearch.embedding.preprocess import decode
from visualsearch.training.customer_photos import Miss, Photo

_SIDE, _GAP, _LINE = 240, 12, 18  # pixels
_MARK = (214, 120, 0)


def draw_worst(path: Path, misses: Sequence[Miss]) -> None:
    """Write a picture with a row for each miss: the photo, the product on it, and what came first instead."""
    width, height = 3 * _SIDE + 4 * _GAP, _SIDE + _LINE + _GAP
    sheet = Image.new("RGB", (2 * width, height * -(-len(misses) // 2) + _GAP), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for index, miss in enumerate(misses):
        left, top = (index % 2) * width + _GAP, index // 2 * height + _GAP
        pictures = [_marked(miss.photo), *(_opened(each) for each in (miss.wanted_picture, miss.found_picture))]
        words = [miss.photo.path.name, miss.wanted, f"first: {miss.found}"]
        for picture, text in zip(pictures, words, strict=True):
            picture.thumbnail((_SIDE, _SIDE))
            sheet.paste(picture, (left, top))
            draw.text((left, top + _SIDE), text, "black", font)
            left += _SIDE + _GAP
    sheet.save(path, quality=85)


def _opened(path: Path) -> Image.Image:
    return decode(path.read_bytes(), 2 * _SIDE)


def _marked(photo: Photo) -> Image.Image:
    picture, part = _opened(photo.path), photo.region
    if part.width < 1 or part.height < 1:
        corners = (part.x, part.y, part.x + part.width, part.y + part.height)
        box = [share * extent for share, extent in zip(corners, picture.size * 2, strict=True)]
        ImageDraw.Draw(picture).rectangle(box, outline=_MARK, width=6)
    return picture
