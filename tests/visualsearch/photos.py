"""Embeddings of photos, and the products with the nearest pictures."""

from catalog.models import ProductQuerySet
from catalog.pictures.checking import open_picture
from visualsearch import search
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.models import Network
from visualsearch.photo import Photo, PhotoEmbedding, embed_photo


def embedded(data: bytes, network: Network, region: Region = WHOLE) -> PhotoEmbedding:
    """Return the embedding of an encoded photo."""
    return embed_photo(Photo.decode(open_picture(data), network, region), network)


def by_photo(
    photo: PhotoEmbedding, products: ProductQuerySet, limit: int, arrange: search.Arrange | None = None
) -> list[search.Result]:
    """Return the nearest products, however far they are."""
    hits = search.best_per_product(search.photo_hits(photo, products, limit))
    return search.results_of(hits[:limit], arrange)
