"""Pictures composed of products of the demo."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from django.conf import settings
from PIL import Image

from visualsearch.embedding.preprocess import Region
from visualsearch.training.background import foreground

PICTURES = Path(settings.BASE_DIR) / "demo" / "images"
SIZE = (800, 600)
PRODUCTS = ("perch-stool-oak", "halden-mug-blue", "harbour-teapot-mustard")


def blank(colour: str) -> Image.Image:
    return Image.new("RGB", SIZE, colour)


def scene_of(places: Sequence[tuple[float, float]], side: int = 300) -> Image.Image:
    """Return a table with PRODUCTS at these places, the upper left corners in fractions."""
    return _compose(places, side)[0]


def stool_and_mug() -> tuple[Image.Image, list[Region]]:
    """Return a picture of both, and the boxes around them."""
    return _compose([(0.08, 0.2), (0.58, 0.35)], 300)


def jpeg_of(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


def _compose(places: Sequence[tuple[float, float]], side: int) -> tuple[Image.Image, list[Region]]:
    scene = Image.new("RGB", SIZE, "#b9a58c")
    scene.paste("#7d5f43", (0, SIZE[1] // 3, *SIZE))
    boxes = []
    for name, (x, y) in zip(PRODUCTS, places, strict=False):
        with Image.open(PICTURES / f"{name}-1.jpg") as file:
            picture = file.convert("RGB").resize((side, side))
        mask = foreground(picture)
        assert mask is not None
        left, top, right, bottom = mask.point(lambda value: 255 * (value > 127)).getbbox() or (0, 0, side, side)
        at = round(x * SIZE[0]), round(y * SIZE[1])
        scene.paste(picture, at, mask)
        boxes.append(
            Region(
                (at[0] + left) / SIZE[0], (at[1] + top) / SIZE[1], (right - left) / SIZE[0], (bottom - top) / SIZE[1]
            )
        )
    return scene, boxes
