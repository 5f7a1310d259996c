"""A customer searches by photo and the photo stays on the device: the same vector, computed in the browser."""

import base64
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.signals import request_started
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect

from tests.journeys.conftest import PICTURES, Visitor
from visualsearch import engine
from visualsearch.embedding.preprocess import WHOLE, Region

PHOTOS = settings.BASE_DIR / "demo" / "photos"
SWITCH = "Search without sending my photo"
LOOK = """async ([name, data, region]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const { look } = await import("/static/js/private.js");
    return (await look(new File([bytes], name), region)).vector;
}"""
LEAST = 0.999  # cosine


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def photo_of(name: str, size: tuple[int, int] | None = None) -> Image.Image:
    with Image.open(PHOTOS / name) as opened:
        return opened.convert("RGB").resize(size or opened.size, Image.Resampling.LANCZOS)


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(photo_of("02.jpg", (1500, 1100)), "JPEG", quality=90, exif=exif)


def see_through() -> bytes:
    with Image.open(PICTURES / "halden-mug-blue-1.jpg") as opened:
        picture = opened.convert("RGBA")
    edge = Image.linear_gradient("L").resize(picture.size)
    picture.putalpha(edge)
    return encoded(picture, "PNG")


def spread() -> dict[str, tuple[bytes, Region]]:
    """Photos as they come: shop's own customer photos, turned, see-through, very large, tiny, long, and marked parts."""
    names = ["01.jpg", "03.jpg", "07.jpg", "12.jpg", "25.jpg", "60.jpg"]
    pictures = {f"demo {name}": ((PHOTOS / name).read_bytes(), WHOLE) for name in names}
    pictures |= {f"EXIF {each}": (turned(each), WHOLE) for each in (2, 3, 6, 7, 8)}
    large = encoded(photo_of("05.jpg", (7000, 5000)), "JPEG", quality=90)
    phone = encoded(photo_of("05.jpg", (4032, 3024)), "JPEG", quality=92)
    pictures |= {
        "see-through PNG": (see_through(), WHOLE),
        "palette PNG": (encoded(photo_of("08.jpg").convert("P"), "PNG"), WHOLE),
        "large PNG": (encoded(photo_of("09.jpg", (3000, 2300)), "PNG", compress_level=1), WHOLE),
        "35 megapixels": (large, WHOLE),
        "a phone's": (phone, WHOLE),
        "grey JPEG": (encoded(photo_of("10.jpg").convert("L"), "JPEG"), WHOLE),
        "WebP": (encoded(photo_of("11.jpg"), "WEBP", quality=85), WHOLE),
        "tall": (encoded(photo_of("13.jpg", (400, 2600)), "JPEG", quality=90), WHOLE),
        "tiny": (encoded(photo_of("14.jpg", (40, 30)), "PNG"), WHOLE),
        "part of a phone's": (phone, Region(0.31, 0.22, 0.4, 0.55)),
        "small part of a large one": (large, Region(0.4, 0.45, 0.12, 0.07)),
        "long part": (encoded(photo_of("15.jpg"), "PNG"), Region(0.1, 0.4, 0.8, 0.15)),
        "turned part": (turned(6), Region(0.2, 0.1, 0.5, 0.5)),
    }
    return pictures


def test_the_browsers_vector_is_the_servers(visit: Visitor) -> None:
    page = visit("/search/photo/")
    pictures = spread()
    there = engine.embedder().embed([data for data, _ in pictures.values()], [part for _, part in pictures.values()])
    cosines = {}
    for (name, (data, part)), vector in zip(pictures.items(), there, strict=True):
        region = None if part == WHOLE else list(part)
        here = page.evaluate(LOOK, [name, base64.b64encode(data).decode(), region])
        cosines[name] = float(vector @ np.frombuffer(base64.b64decode(here), dtype="<f4"))
    for name, cosine in sorted(cosines.items(), key=lambda each: each[1]):
        print(f"{cosine:.6f}  {name}")
    assert not {name: cosine for name, cosine in cosines.items() if cosine < LEAST}
