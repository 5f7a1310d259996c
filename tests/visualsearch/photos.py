"""Embeddings of photos."""

from catalog.pictures.checking import open_picture
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.models import Network
from visualsearch.photo import Photo, PhotoEmbedding, embed_photo


def embedded(data: bytes, network: Network, region: Region = WHOLE) -> PhotoEmbedding:
    """Return the embedding of an encoded photo."""
    return embed_photo(Photo.decode(open_picture(data), network, region), network)
