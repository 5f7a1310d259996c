"""A customer's photo, from its bytes to products. It is held in memory only: never stored, never logged."""

import base64
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _

from catalog.models import ProductQuerySet
from catalog.pictures import PictureRefused, decode
from visualsearch import engine, search
from visualsearch.embedding.preprocess import WHOLE, Region, UnreadablePicture
from visualsearch.looks import Vector
from visualsearch.search import Arrange, Result

THUMBNAIL = 320  # pixels; shown at half of that, sharp on dense screens


@dataclass(frozen=True)
class Found:
    """The nearest products, and whether the best of them is near enough to be what is on the photo."""

    results: list[Result]
    is_match: bool

    @property
    def verdict(self) -> str:
        return "match" if self.is_match else "no_match"


def look_at(data: bytes, region: Region = WHOLE) -> Vector:
    """What the network makes of the photo, or of a part of it. Raises PictureRefused.

    The photo has been through `catalog.pictures.check_picture`.
    """
    try:
        vector: Vector = engine.embedder().embed([data], [region])[0]
    except UnreadablePicture as error:
        raise PictureRefused("image_unreadable", _("The photo could not be read. Save it as JPEG again.")) from error
    return vector


def find(
    vector: Vector, products: ProductQuerySet, limit: int, words: str = "", arrange: Arrange | None = None
) -> Found:
    """The products that look like the photo; with words, those that also fit the words come first."""
    if words:
        results = search.by_photo_and_words(vector, words, products, limit, arrange)
    else:
        results = search.by_photo(vector, products, limit, arrange)
    best = max((result.score for result in results), default=-1.0)
    return Found(results, best >= engine.card().match_threshold)


def shrink(data: bytes) -> bytes:
    """The photo as a small JPEG, without its metadata. Raises PictureRefused."""
    small = decode(data, THUMBNAIL)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    file = BytesIO()
    small.save(file, "JPEG", quality=80)
    return file.getvalue()


def thumbnail(data: bytes) -> str:
    """The same as a `data:` address."""
    return f"data:image/jpeg;base64,{base64.b64encode(shrink(data)).decode()}"
