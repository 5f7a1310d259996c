"""A customer's photo: decoded once, held in memory only, never stored or logged."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PIL import Image

from catalog.pictures.checking import decode
from catalog.pictures.decoding import Encoded
from visualsearch.embedding.colours import Colours, measure_colours
from visualsearch.embedding.preprocess import WHOLE, Region, decode_side
from visualsearch.models import Network
from visualsearch.networks import loading

Vector = npt.NDArray[np.float32]

THUMBNAIL_SIDE = 320  # pixels; shown at half of that, sharp on dense screens
SMALL_SIDE = 256  # pixels; a network's input is a square of 224 from the middle


@dataclass(frozen=True)
class Item:
    """A thing in a photo: its box, how certain it is, and its embedding if somebody may search for it."""

    box: Region
    score: float
    vector: Vector | None = None
    colours: Colours | None = None


@dataclass(frozen=True)
class PhotoEmbedding:
    """The vector of a photo and the network that computed it. Vectors of two networks are never compared.

    `colours` is the histogram of its foreground; a device that computes the vector itself sends none.
    `is_of_product`: the vector is of the shop's own pictures, whose colours are known. `items` are the things found in
    the photo, and `item` is the number of the one that the vector is of, or 0 for the whole photo or a crop.
    """

    vector: Vector
    network: Network
    colours: Colours | None = None
    is_of_product: bool = False
    items: tuple[Item, ...] = ()
    item: int = 0

    @property
    def searched(self) -> Region:
        """The part of the photo that the vector is of, unless it is a crop."""
        return self.items[self.item - 1].box if self.item else WHOLE

    def of_item(self, number: int) -> "PhotoEmbedding":
        """Return the embedding of one item, counted from 1. Raises IndexError."""
        item = self.items[number - 1] if number > 0 else None
        if item is None or item.vector is None:
            raise IndexError(number)
        return replace(self, vector=item.vector, colours=item.colours, item=number)


@dataclass(frozen=True)
class Photo:
    """The pixels that embedding, thumbnail and heat map share: upright, in sRGB, on white."""

    image: Image.Image
    region: Region = WHOLE

    @classmethod
    def decode(cls, encoded: Encoded, network: Network, region: Region = WHOLE, at_least: int = 0) -> "Photo":
        """Decode a photo just large enough for the network to embed `region`. Raises PictureRefused."""
        side = max(at_least, decode_side(loading.card(network), region))
        return cls(decode(encoded, (side, side)), region)

    @cached_property
    def reduced(self) -> Image.Image:
        """The picture at a half, a third … of its size, but with at least SMALL_SIDE pixels on the short side.

        It costs little, and saves most of the time of everything that looks at the whole photo.
        """
        factor = min(self.image.size) // SMALL_SIDE
        return self.image.reduce(factor) if factor > 1 else self.image

    def shrunk(self, side: int) -> Image.Image:
        """Return a copy whose sides are at most `side` pixels."""
        source = self.reduced if max(self.reduced.size) >= side else self.image
        longest = max(source.size)
        if longest <= side:
            return source.copy()
        width, height = (max(1, round(extent * side / longest)) for extent in source.size)
        return source.resize((width, height), Image.Resampling.HAMMING, reducing_gap=1.5)


def embed_photo(photo: Photo, network: Network) -> PhotoEmbedding:
    """Return the embedding of the photo, or of its region."""
    if photo.region == WHOLE and decode_side(loading.card(network)) <= SMALL_SIDE:
        photo = Photo(photo.reduced)
    vector = loading.embedder(network).embed([photo.image], [photo.region])[0]
    return PhotoEmbedding(vector, network, measure_colours(photo.image, photo.region))


def find_items(photo: Photo, network: Network, *, with_vectors: bool) -> tuple[Item, ...]:
    """Return the things in the whole photo, which get a vector if there are several."""
    things = loading.finder().find(photo.image)
    if not with_vectors or len(things) < 2:
        return tuple(Item(*thing) for thing in things)
    vectors = loading.embedder(network).embed([photo.image] * len(things), [thing.box for thing in things])
    return tuple(
        Item(*thing, vector, measure_colours(photo.image, thing.box))
        for thing, vector in zip(things, vectors, strict=True)
    )
