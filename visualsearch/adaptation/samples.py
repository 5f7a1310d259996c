"""The shop's pictures for a map: all, or all of random products, and some of them taken again."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from time import monotonic
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from django.db import connection
from PIL import Image

from catalog.models import ProductImage
from catalog.models.picture import SHOWN
from visualsearch.models import ImageEmbedding, Network
from visualsearch.networks import loading
from visualsearch.networks.pictures import retake
from visualsearch.words.vocabulary import from_binary

Floats = npt.NDArray[np.float32]
Keys = npt.NDArray[np.int64]

MAX_PICTURES = 20_000  # to search among; of a larger shop, about as many
MAX_AGAIN = 2_000  # taken again
TIME_LIMIT = 120  # seconds for taking pictures again: a task may run for four minutes
BATCH = 32
SEED = 0x5E3B  # not that of networks.comparison, which compares networks with other pictures

# A hash of the product's key samples whole products at random, and finds the same ones again.
SAMPLE = """
SELECT picture.id, product.id, product.category_id, halfvec_send(e.vector)
FROM visualsearch_imageembedding AS e
JOIN catalog_productimage AS picture ON picture.id = e.image_id AND picture.sha256 = e.image_sha256
JOIN catalog_product AS product ON product.id = picture.product_id
WHERE e.network_id = %(network)s AND e.vector IS NOT NULL AND {shown}
  AND (product.status = 'published' OR product.status = 'scheduled' AND product.publish_at <= %(now)s)
  AND (hashint8(product.id) & 65535) < %(share)s * 65536
ORDER BY picture.id
""".replace("{shown}", SHOWN)


class Gallery(NamedTuple):
    """The pictures to search among: keys of picture, product and category, and unit vectors."""

    images: Keys
    products: Keys
    categories: Keys
    vectors: Floats


class Again(NamedTuple):
    """Pictures taken again: their places in the gallery, and unit vectors. `is_cut_short`: time was up."""

    places: Keys
    vectors: Floats
    is_cut_short: bool = False


def read_gallery(network: Network, now: datetime) -> Gallery:
    """Read the embedded pictures of visible products. One query besides the count."""
    pictures = ImageEmbedding.objects.filter(network=network, vector__isnull=False).count()
    share = min(1.0, MAX_PICTURES / max(1, pictures))
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE, {"network": network.pk, "now": now, "share": share})
        rows = cursor.fetchall()
    keys = np.array([row[:3] for row in rows], dtype=np.int64).reshape(-1, 3)
    vectors = np.empty((len(rows), network.dimensions), dtype=np.float32)
    for place, row in enumerate(rows):
        vectors[place] = from_binary(bytes(row[3]))
    return Gallery(keys[:, 0], keys[:, 1], keys[:, 2], vectors)


def take_again(network: Network, gallery: Gallery) -> Again:
    """Take pictures of the gallery again in random order, until there are MAX_AGAIN or time is up."""
    embedder, ends_at = loading.embedder(network), monotonic() + TIME_LIMIT
    order = np.random.default_rng(SEED).permutation(len(gallery.images))[:MAX_AGAIN].tolist()
    places, vectors = list[int](), [np.empty((0, network.dimensions), dtype=np.float32)]
    is_cut_short = False
    for start in range(0, len(order), BATCH):
        if is_cut_short := monotonic() > ends_at:
            break
        photos = list(_photos(gallery, order[start : start + BATCH]))
        vectors.append(embedder.embed([photo for _place, photo in photos]))
        places += [place for place, _photo in photos]
    return Again(np.array(places, dtype=np.int64), np.concatenate(vectors), is_cut_short)


def _photos(gallery: Gallery, places: Sequence[int]) -> Iterator[tuple[int, Image.Image]]:
    """Yield places with their pictures taken again, the same every time. Unreadable ones are left out."""
    images = ProductImage.objects.in_bulk(gallery.images[list(places)].tolist())
    for place in places:
        image = images.get(int(gallery.images[place]))
        if image and (photo := retake(image, SEED)):  # it may just have been deleted
            yield place, photo
