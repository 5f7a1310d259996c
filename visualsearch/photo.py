"""A customer's photo: decoded once, held in memory only, never stored or logged."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class PhotoEmbedding:
    """The vector of a photo and the network that computed it. Vectors of two networks are never compared.

    `colours` is the histogram of its foreground; a device that computes the vector itself sends none.
    `is_of_product`: the vector is of the shop's own pictures, whose colours are known.
    """

    vector: Vector
    network: Network
    colours: Colours | None = None
    is_of_product: bool = False


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

    def shrunk(self, side: int) -> Image.Image:
        """Return a copy whose sides are at most `side` pixels."""
        small = self.image.copy()
        small.thumbnail((side, side))
        return small


def embed_photo(photo: Photo, network: Network) -> PhotoEmbedding:
    vector = loading.embedder(network).embed([photo.image], [photo.region])[0]
    return PhotoEmbedding(vector, network, measure_colours(photo.image, photo.region))
