"""Photos that the shop ships for visitors to try, where nobody has one at hand."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from catalog.pictures import decode
from visualsearch.photo import THUMBNAIL, Photo

LIST = "truth.csv"  # photo, product, notes; what is offered says "sample" in its notes
MARK = "sample"


@dataclass(frozen=True)
class Sample:
    """A photo to try; `alt` says what is on it."""

    name: str
    alt: str
    path: Path

    @property
    def url(self) -> str:
        return reverse("visualsearch:sample", args=[self.name])

    @property
    def thumbnail_url(self) -> str:
        return reverse("visualsearch:sample_thumbnail", args=[self.name])

    def thumbnail(self) -> bytes:
        """A small JPEG of it, made once."""
        return _shrunk(self.path)


def samples() -> list[Sample]:
    """All that are offered. Empty where the demo's photos are not there."""
    return list(_read(Path(settings.SAMPLE_PHOTOS)))


def sample_named(name: str) -> Sample | None:
    """The sample of that name. A name is only compared, never made into a path."""
    return next((sample for sample in samples() if sample.name == name), None)


@lru_cache(maxsize=32)
def _shrunk(path: Path) -> bytes:
    return Photo(decode(path.read_bytes(), (THUMBNAIL, THUMBNAIL))).thumbnail()


@lru_cache(maxsize=4)
def _read(folder: Path) -> tuple[Sample, ...]:
    if not (folder / LIST).is_file():
        return ()
    with (folder / LIST).open(encoding="utf-8", newline="") as file:
        rows = [(Path(row["photo"]), row["product"], row["notes"].split("; ")) for row in csv.DictReader(file)]
    offered = ((photo, product, notes) for photo, product, notes in rows if MARK in notes)
    return tuple(
        Sample(photo.name, ", ".join([product.replace("-", " "), *(note for note in notes if note != MARK)]), found)
        for photo, product, notes in offered
        if (found := folder / photo.name).is_file()
    )
