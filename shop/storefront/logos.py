"""The shop's logo, made small enough for every page and email."""

from __future__ import annotations

import hashlib
from io import BytesIO

from PIL import Image

from catalog.pictures.checking import strip_metadata
from shop.storefront.models import ShopSettings

MAX_WIDTH, MAX_HEIGHT = 480, 96  # pixels; twice the size on pages


def set_logo(row: ShopSettings, upload: bytes) -> None:
    """Put the logo into the row as a small PNG file, which keeps transparency. Raises PictureRefused."""
    with Image.open(BytesIO(strip_metadata(upload))) as picture:
        small = picture.convert("RGBA")
    small.thumbnail((MAX_WIDTH, MAX_HEIGHT), Image.Resampling.LANCZOS)
    file = BytesIO()
    small.save(file, "PNG", optimize=True)
    row.logo = file.getvalue()
    row.logo_sha256 = hashlib.sha256(row.logo).hexdigest()
    row.logo_width, row.logo_height = small.size


def remove_logo(row: ShopSettings) -> None:
    """Show the standard mark again."""
    row.logo, row.logo_sha256, row.logo_width, row.logo_height = None, "", 0, 0
