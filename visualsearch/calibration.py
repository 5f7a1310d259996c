"""Calibrate the verdicts of a network in this shop. Needs no labels and no photos of customers.

Pictures of the shop are set into scenes and searched with as photos are. Each scene counts twice:

- as a photo of something that the shop sells, with the picture itself left out if its product has another one, since
  no customer stands exactly where the shop's photographer stood;
- as a photo of something that it does not, with the product, its family and its category left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from time import monotonic
from typing import Any, TypeVar

import numpy as np
from django.db.models import Count, Q

from catalog.models import Product, ProductQuerySet
from visualsearch.measuring.logistic import Bools, Floats, Keys, fit, held_out_probabilities
from visualsearch.models import Calibration, ImageEmbedding, Network
from visualsearch.networks import backlog
from visualsearch.networks.locks import try_lock
from visualsearch.photo import PhotoEmbedding
from visualsearch.search import Hit, best_per_product, photo_hits
from visualsearch.shop_scenes import Sample, sample_pictures, scene_vectors
from visualsearch.verdicts import NEIGHBOURS, VERDICTS, Judge, evidence

Item = TypeVar("Item")

SCENES = 400
MIN_SCENES = 60  # a smaller shop keeps the threshold on the network's card
MIN_OTHERS = 10  # products of other kinds that a search must leave
TIME_LIMIT = 150  # seconds of a task
MAX_AGE = timedelta(days=30)
MIN_CHANGE = 0.1  # of the pictures: calibrate again before MAX_AGE has passed
DEPTH = 2 * NEIGHBOURS  # products to find
ANOTHER_PICTURE = 0.8  # of the score of the picture itself: what another picture of the product scores (decision 5)
SOLD_CALLED_NONE = 0.03  # share of products of the shop that may be called "not sold"
OTHERS_CALLED_MATCH = 0.08  # share of other things that may be called a match
EVEN = 0.5  # what is called a match is rather sold than not
BINS = 10
LOCK = 0x5E3B1AA2  # with the network's key: one process at a time calibrates it


@dataclass(frozen=True)
class Searches:
    """The evidence of searches (n, 2), whether the item was there to be found, and its product."""

    evidence: Floats
    is_sold: Bools
    products: Keys


def calibrate_stale(network: Network, now: datetime) -> bool:
    """Calibrate again after MAX_AGE, or if many pictures have come or gone. Return True if it did.

    A shop that is being filled waits until all pictures are embedded.
    """
    pictures = ImageEmbedding.objects.filter(network=network, vector__isnull=False).count()
    known = Calibration.objects.filter(network=network).first()
    is_current = known is not None and known.calibrated_at > now - MAX_AGE
    if known and is_current and abs(pictures - known.pictures) <= MIN_CHANGE * known.pictures:
        return False
    if backlog.missing(network).exists():
        return False
    return calibrate(network, now) is not None


def calibrate(network: Network, now: datetime, time_limit: float | None = None) -> Calibration | None:
    """Calibrate the network and store it. None if the shop is too small, or if another process is at it.

    After `time_limit` seconds, by default TIME_LIMIT, the scenes made until then must do.
    """
    with try_lock(LOCK, network) as is_free:
        searches = _search(network, now, time_limit or TIME_LIMIT) if is_free else None
        if searches is None or min(searches.is_sold.sum(), (~searches.is_sold).sum()) < MIN_SCENES:
            return None
        pictures = ImageEmbedding.objects.filter(network=network, vector__isnull=False).count()
        values = fitted(searches)
        if values is None:
            Calibration.objects.filter(network=network).delete()
            return None
        values |= {"pictures": pictures, "calibrated_at": now}
        return Calibration.objects.update_or_create(network=network, defaults=values)[0]


def fitted(searches: Searches) -> dict[str, Any] | None:
    """Return the columns of a Calibration. Thresholds and counts are by curves that did not know the product.

    None if a higher score does not make it more likely that the shop sells the item.
    """
    curve = fit(searches.evidence, searches.is_sold)
    if curve.weights[0] <= 0:
        return None
    chances = held_out_probabilities(searches.evidence, searches.is_sold, searches.products)
    sold, others = chances[searches.is_sold], chances[~searches.is_sold]
    none_below, match_from = _thresholds(sold, others)
    judge = Judge(curve, none_below, match_from)
    verdicts = [Counter(map(judge.verdict_of, each.tolist())) for each in (sold, others)]
    bins = [np.histogram(each, bins=BINS, range=(0, 1))[0].tolist() for each in (sold, others)]
    return {
        "bias": curve.bias,
        "weights": list(curve.weights),
        "none_below": none_below,
        "match_from": match_from,
        "bins": list(zip(*bins, strict=True)),
        "verdicts": [[each[name] for name in VERDICTS] for each in verdicts],
    }


def _thresholds(sold: Floats, others: Floats) -> tuple[float, float]:
    """Return the probabilities between which the verdict is unsure.

    If hardly any are mistaken for the other, unsure is what lies between the two, which no search has shown.
    """
    limits = np.quantile(sold, SOLD_CALLED_NONE), np.quantile(others, 1 - OTHERS_CALLED_MATCH)
    return float(min(limits)), float(max(*limits, EVEN))


def _search(network: Network, now: datetime, time_limit: float) -> Searches | None:
    """Search with scenes, until there are SCENES or time is up. None if the shop has too few products or kinds."""
    visible = Product.objects.visible(now)
    of_category = Counter(dict(visible.order_by().values_list("category_id").annotate(number=Count("pk"))))
    samples = sample_pictures(network, now, of_category.total(), SCENES)
    if len(samples) < MIN_SCENES or not any(_has_others(each, of_category) for each in samples):
        return None
    searches = list[tuple[Sample, bool, list[Hit]]]()
    for sample, vector in _within_time(scene_vectors(samples, network), time_limit):
        photo = PhotoEmbedding(vector, network)
        searches.append((sample, True, _first(seen_again(sample, photo_hits(photo, visible, DEPTH)))))
        if _has_others(sample, of_category):
            searches.append((sample, False, _first(photo_hits(photo, _others(visible, sample), DEPTH))))
    keys = {hit.product_id for _sample, _is_sold, hits in searches for hit in hits}
    categories = dict(Product.objects.filter(pk__in=keys).values_list("pk", "category_id"))
    return Searches(
        np.array([evidence(hits, categories) for _sample, _is_sold, hits in searches]).reshape(-1, 2),
        np.array([is_sold for _sample, is_sold, _hits in searches], dtype=bool),
        np.array([sample.product for sample, _is_sold, _hits in searches], dtype=np.int64),
    )


def _first(hits: Iterable[Hit]) -> list[Hit]:
    return best_per_product(sorted(hits, key=lambda hit: -hit.score))[:NEIGHBOURS]


def seen_again(sample: Sample, hits: Iterable[Hit]) -> Iterator[Hit]:
    """Yield the hits without the sample itself, or with what another picture might score, if it is the only one."""
    for hit in hits:
        if hit.image_id != sample.image:
            yield hit
        elif sample.is_only:
            yield hit._replace(score=hit.score * ANOTHER_PICTURE)


def _others(products: ProductQuerySet, sample: Sample) -> ProductQuerySet:
    """Return the products of other kinds."""
    family = Q(family=sample.family) if sample.family else Q()
    return products.exclude(Q(pk=sample.product) | Q(category=sample.category) | family)


def _has_others(sample: Sample, of_category: Counter[int]) -> bool:
    return of_category.total() - of_category[sample.category] >= MIN_OTHERS


def _within_time(items: Iterable[Item], seconds: float) -> Iterator[Item]:
    """Yield items until this time has passed."""
    ends_at = monotonic() + seconds
    return takewhile(lambda _item: monotonic() < ends_at, items)
