"""Photos are decoded once, and prepared like the shop's pictures."""

from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from catalog.pictures.checking import open_picture
from tests.visualsearch.photos import embedded
from visualsearch.embedding.data_uris import jpeg_uri
from visualsearch.embedding.preprocess import Region
from visualsearch.models import Network
from visualsearch.networks import loading
from visualsearch.photo import THUMBNAIL_SIDE, Photo, embed_photo
from visualsearch.regions.boxes import ITEMS_SIDE

pytestmark = pytest.mark.django_db
PHOTOS = sorted((Path(settings.BASE_DIR) / "demo" / "photos").glob("*.jpg"))[:12]


@pytest.mark.skipif(not PHOTOS, reason="needs the photos of the demo")
@pytest.mark.parametrize("region", [Region(0, 0, 1, 1), Region(0.2, 0.3, 0.4, 0.5)])
def test_photo_and_index_embed_the_same_bytes_alike(network: Network, region: Region) -> None:
    data = [path.read_bytes() for path in PHOTOS]
    indexed = loading.embedder(network).embed(data, [region] * len(data))
    searched = np.stack([embedded(each, network, region).vector for each in data])
    assert (indexed * searched).sum(axis=1).min() > 0.9999


@pytest.mark.skipif(not PHOTOS, reason="needs the photos of the demo")
def test_a_photo_kept_sharp_for_its_items_is_embedded_like_the_index(network: Network) -> None:
    data = [path.read_bytes() for path in PHOTOS]
    indexed = loading.embedder(network).embed(data)
    photos = [Photo.decode(open_picture(each), network, at_least=ITEMS_SIDE) for each in data]
    assert min(min(photo.image.size) for photo in photos) >= ITEMS_SIDE
    searched = np.stack([embed_photo(photo, network).vector for photo in photos])
    assert (indexed * searched).sum(axis=1).min() > 0.999


def test_thumbnail_comes_from_the_pixels_of_the_embedding(network: Network) -> None:
    photo = Photo.decode(open_picture(PHOTOS[0].read_bytes()), network)
    assert max(photo.shrunk(THUMBNAIL_SIDE).size) == THUMBNAIL_SIDE
    assert min(photo.image.size) >= 256
    assert jpeg_uri(photo.shrunk(THUMBNAIL_SIDE)).startswith("data:image/jpeg;base64,")
