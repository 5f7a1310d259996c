"""Fixtures that every test may ask for."""

import shutil
from collections.abc import Iterator
from io import BytesIO

import pytest
from django.conf import settings
from PIL import Image


@pytest.fixture(scope="session", autouse=True)
def _media_folder() -> Iterator[None]:
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


def picture(width: int = 64, height: int = 48, colour: str = "#4a7", form: str = "JPEG", mode: str = "RGB") -> bytes:
    """The bytes of a plain picture."""
    file = BytesIO()
    Image.new("RGB", (width, height), colour).convert(mode).save(file, form)
    return file.getvalue()
