"""A customer's photo, from its bytes to products. It is held in memory only: never stored, never logged."""

import base64
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from catalog.models import ProductQuerySet
from catalog.pictures.checking import decode
from visualsearch import search
from visualsearch.embedding.preprocess import WHOLE, Region, decode_side
from visualsearch.looks import Look
from visualsearch.models import Network
from visualsearch.networks import loading
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


@dataclass(frozen=True)
class Photo:
    """A photo as pixels, decoded once for all that is done with it: upright, in sRGB, on white.

    It is as large as a network needs it to look at `region`, and no larger than that takes.
    """

    image: Image.Image
    region: Region = WHOLE

    def thumbnail(self) -> bytes:
        """Return the photo as a small JPEG, without its metadata."""
        small = self.image.copy()
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        file = BytesIO()
        small.save(file, "JPEG", quality=80)
        return file.getvalue()

    def thumbnail_address(self) -> str:
        """Return the same as a `data:` address."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.thumbnail()).decode()}"


def read_photo(data: bytes, network: Network, region: Region = WHOLE) -> Photo:
    """Decode the photo for a network that is going to look at a part of it. Raises PictureRefused."""
    side = decode_side(loading.card(network), region)
    return Photo(decode(data, (side, side)), region)


def look_at(photo: Photo, network: Network) -> Look:
    """Return what the network makes of the photo, or of the part that it was read for."""
    return Look(loading.embedder(network).embed([photo.image], [photo.region])[0], network)


def find(look: Look, products: ProductQuerySet, limit: int, words: str = "", arrange: Arrange | None = None) -> Found:
    """The products that look like the photo; with words, those that also fit the words come first."""
    if words:
        results = search.by_photo_and_words(look, words, products, limit, arrange)
    else:
        results = search.by_photo(look, products, limit, arrange)
    best = max((result.score for result in results), default=-1.0)
    return Found(results, best >= loading.card(look.network).match_threshold)
