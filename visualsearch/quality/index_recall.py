"""Compare the index with the exact search, once a day: both search with stored vectors, as customers do."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from time import monotonic
from typing import TypeVar

import numpy as np
from django.utils import timezone

from catalog.models import Product, ProductQuerySet
from catalog.search_counts import RETENTION
from visualsearch.models import ImageEmbedding, IndexRecall, Network
from visualsearch.photo import PhotoEmbedding, Vector
from visualsearch.search import DEFAULT_EFFORT, EVERYTHING, Effort, best_per_product, photo_hits

Item = TypeVar("Item")

AT = 20
PICTURES = 50
TIME_LIMIT = 90  # seconds; a task may run for four minutes
EXACT = Effort(exact_up_to=EVERYTHING)


def measure_index(network: Network, now: datetime) -> IndexRecall | None:
    """Replay stored vectors with the index off, once a day. None if that is done, or if there are no vectors."""
    day = timezone.localdate(now)
    IndexRecall.objects.filter(day__lt=day - RETENTION).delete()
    if IndexRecall.objects.filter(network=network, day=day).exists():
        return None
    products = Product.objects.visible(now)
    embedded = ImageEmbedding.objects.shown(network).filter(image__product__in=products)
    images = list(embedded.order_by("?").values_list("image", flat=True)[:PICTURES])
    found = (found_by_index(vector, network, products) for vector in _vectors(network, images).values())
    recalls = [each for each in _within_time(found) if each is not None]
    if not recalls:
        return None
    measured = {"pictures": len(recalls), "mean": float(np.mean(recalls)), "worst": min(recalls)}
    return IndexRecall.objects.update_or_create(network=network, day=day, defaults=measured)[0]


def found_by_index(vector: Vector, network: Network, products: ProductQuerySet) -> float | None:
    """Return the share of the AT truly nearest products that the search finds. None if there are no products."""
    exact = _nearest(vector, network, products, EXACT)
    if not exact:
        return None
    return len(_nearest(vector, network, products, DEFAULT_EFFORT) & exact) / len(exact)


def _nearest(vector: Vector, network: Network, products: ProductQuerySet, effort: Effort) -> set[int]:
    hits = best_per_product(photo_hits(PhotoEmbedding(vector, network), products, AT, effort))
    return {hit.product_id for hit in hits[:AT]}


def _vectors(network: Network, images: Sequence[int]) -> dict[int, Vector]:
    rows = ImageEmbedding.objects.filter(network=network, image__in=images, vector__isnull=False)
    return {image: np.array(vector, dtype=np.float32) for image, vector in rows.values_list("image", "vector")}


def _within_time(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items until TIME_LIMIT has passed."""
    ends_at = monotonic() + TIME_LIMIT
    for item in items:
        if monotonic() > ends_at:
            return
        yield item
