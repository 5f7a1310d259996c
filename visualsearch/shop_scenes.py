"""Scenes with the shop's own pictures (`measuring.scenes`), and their vectors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.db import connection
from PIL import Image

from catalog.models import ProductImage
from catalog.models.picture import SHOWN
from visualsearch.measuring.scenes import SIDE, scene
from visualsearch.models import Network
from visualsearch.networks import loading
from visualsearch.networks.pictures import read_picture
from visualsearch.photo import Vector

MAX_PER_PRODUCT = 4  # scenes, in a small shop
BATCH = 16  # pictures

# Pictures of a random sample of products, which stays the same while the shop does.
SAMPLE = """
SELECT picture.id, product.id, product.category_id, product.family
FROM catalog_product AS product
JOIN catalog_productimage AS picture ON picture.product_id = product.id
JOIN visualsearch_imageembedding AS e ON e.image_id = picture.id AND e.network_id = %(network)s
WHERE e.vector IS NOT NULL AND {shown} AND product.id IN (
    SELECT id FROM catalog_product
    WHERE (status = 'published' OR status = 'scheduled' AND publish_at <= %(now)s)
      AND (hashint8(id) & 65535) < %(share)s * 65536
    ORDER BY hashint8(id), id LIMIT %(limit)s
)
ORDER BY hashint8(product.id), product.id, hashint8(picture.id)
""".replace("{shown}", SHOWN)


class Sample(NamedTuple):
    """A picture to make a scene of. `is_only` if its product has no other."""

    image: int
    product: int
    category: int
    family: str
    is_only: bool
    number: int  # of the scenes of this picture


def sample_pictures(network: Network, now: datetime, products: int, limit: int) -> list[Sample]:
    """Return up to `limit` pictures: one of each product, or up to MAX_PER_PRODUCT in a small shop."""
    share = min(1.0, 2 * limit / max(1, products))
    found: dict[int, list[Sample]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE, {"network": network.pk, "now": now, "share": share, "limit": limit})
        for image, product, category, family in cursor:
            found[product].append(Sample(image, product, category, family, False, 0))
    of_products = [[each._replace(is_only=len(pictures) == 1) for each in pictures] for pictures in found.values()]
    rounds = range(MAX_PER_PRODUCT)
    chosen = [each[turn % len(each)]._replace(number=turn) for turn in rounds for each in of_products]
    return chosen[:limit]


def scene_vectors(samples: Sequence[Sample], network: Network) -> Iterator[tuple[Sample, Vector]]:
    """Yield the samples with the vectors of their scenes. Pictures that cannot be read are left out."""
    for start in range(0, len(samples), BATCH):
        batch = samples[start : start + BATCH]
        pictures = dict(_read([each.image for each in batch]))
        chosen = [each for each in batch if each.image in pictures]
        if chosen:
            scenes = [_scene(each, pictures) for each in chosen]
            yield from zip(chosen, loading.embedder(network).embed(scenes), strict=True)


def _scene(sample: Sample, pictures: Mapping[int, Image.Image]) -> Image.Image:
    """Set the sample before, and perhaps beside, others of its batch."""
    random = np.random.default_rng([sample.number, sample.image])
    backdrop, beside = random.choice(sorted(pictures), 2).tolist()
    return scene(pictures[sample.image], pictures[backdrop], pictures[beside], random)


def _read(images: Sequence[int]) -> Iterator[tuple[int, Image.Image]]:
    """Yield these pictures, small. One query."""
    for picture in ProductImage.objects.filter(pk__in=images):
        if decoded := read_picture(picture, SIDE):
            yield picture.pk, decoded
