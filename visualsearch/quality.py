"""Measure the running shop without labels: the index against the exact search, and pictures against one another.

Both search as customers do, with stored vectors, and stop after TIME_LIMIT: a task may run for four minutes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple, TypeVar

import numpy as np
from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from catalog.models import Product, ProductQuerySet
from catalog.search_counts import RETENTION
from visualsearch.models import CategoryRecall, ImageEmbedding, IndexRecall, Network
from visualsearch.photo import PhotoEmbedding, Vector
from visualsearch.search import DEFAULT_EFFORT, EVERYTHING, Effort, Hit, best_per_product, photo_hits

Item = TypeVar("Item")

AT = 20
INDEX_PICTURES = 50
PRODUCTS = 1_000
EXAMPLES = 3  # per category
TIME_LIMIT = 90  # seconds
MAX_AGE = timedelta(days=1)
EXACT = Effort(exact_up_to=EVERYTHING)


def measure_index(network: Network, now: datetime) -> IndexRecall | None:
    """Replay stored vectors with the index off, once a day. None if that is done, or if there are no vectors."""
    day = timezone.localdate(now)
    IndexRecall.objects.filter(day__lt=day - RETENTION).delete()
    if IndexRecall.objects.filter(network=network, day=day).exists():
        return None
    products, recalls = Product.objects.visible(now), []
    embedded = ImageEmbedding.objects.filter(network=network, vector__isnull=False, image__product__in=products)
    images = list(embedded.order_by("?").values_list("image", flat=True)[:INDEX_PICTURES])
    for vector in _within_time(_vectors(network, images).values()):
        exact = _nearest(vector, network, products, EXACT)
        found = _nearest(vector, network, products, DEFAULT_EFFORT)
        if exact:
            recalls.append(len(found & exact) / len(exact))
    if not recalls:
        return None
    measured = {"pictures": len(recalls), "mean": float(np.mean(recalls)), "worst": min(recalls)}
    return IndexRecall.objects.update_or_create(network=network, day=day, defaults=measured)[0]


class _LeftOut(NamedTuple):
    """A picture to search with, and the product that another picture of it should find."""

    product: int
    category: int
    image: int
    vector: Vector


@dataclass
class _Tally:
    """The columns of a CategoryRecall."""

    products: int = 0
    found_first: int = 0
    examples: list[tuple[int, int]] = field(default_factory=list)

    def count(self, left_out: _LeftOut, first: Hit) -> None:
        self.products += 1
        if first.product_id == left_out.product:
            self.found_first += 1
        elif len(self.examples) < EXAMPLES:
            self.examples.append((left_out.image, first.image_id))


def measure_categories(network: Network, now: datetime) -> int:
    """Leave one picture of each product out and search with it, once a day. Return the number of products searched.

    Products are sampled at random, among those with several pictures.
    """
    if CategoryRecall.objects.filter(network=network, measured_at__gt=now - MAX_AGE).exists():
        return 0
    tallies: dict[int, _Tally] = defaultdict(_Tally)
    visible = Product.objects.visible(now)
    for left_out in _within_time(_left_out(network, visible)):
        if first := _first_other(left_out, network, visible):
            tallies[left_out.category].count(left_out, first)
    _store(network, tallies, now)
    return sum(tally.products for tally in tallies.values())


def _store(network: Network, tallies: dict[int, _Tally], now: datetime) -> None:
    with transaction.atomic():
        CategoryRecall.objects.filter(network=network).delete()
        CategoryRecall.objects.bulk_create(
            CategoryRecall(network=network, category_id=category, measured_at=now, **vars(tally))
            for category, tally in sorted(tallies.items())
        )


def _first_other(left_out: _LeftOut, network: Network, products: ProductQuerySet) -> Hit | None:
    """Return the best hit besides the picture itself."""
    hits = photo_hits(PhotoEmbedding(left_out.vector, network), products, 2)
    return next((hit for hit in hits if hit.image_id != left_out.image), None)


def _nearest(vector: Vector, network: Network, products: ProductQuerySet, effort: Effort) -> set[int]:
    hits = best_per_product(photo_hits(PhotoEmbedding(vector, network), products, AT, effort))
    return {hit.product_id for hit in hits[:AT]}


def _vectors(network: Network, images: Sequence[int]) -> dict[int, Vector]:
    rows = ImageEmbedding.objects.filter(network=network, image__in=images, vector__isnull=False)
    return {image: np.array(vector, dtype=np.float32) for image, vector in rows.values_list("image", "vector")}


def _left_out(network: Network, products: ProductQuerySet) -> list[_LeftOut]:
    """Return random products with several embedded pictures, and the newest picture of each."""
    rows = ImageEmbedding.objects.filter(network=network, vector__isnull=False, image__product__in=products)
    of_product = rows.values("image__product", "image__product__category")
    several = of_product.annotate(number=Count("pk"), newest=Max("image")).filter(number__gt=1).order_by("?")
    chosen = list(several.values_list("image__product", "image__product__category", "newest")[:PRODUCTS])
    vectors = _vectors(network, [newest for _product, _category, newest in chosen])
    return [_LeftOut(*each, vectors[each[2]]) for each in chosen if each[2] in vectors]


def _within_time(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items until TIME_LIMIT has passed."""
    ends_at = monotonic() + TIME_LIMIT
    for item in items:
        if monotonic() > ends_at:
            return
        yield item
