"""What the checks have found, for the page that shows it to the owner."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, OuterRef, QuerySet, Subquery

from catalog.models import Category, Product, ProductImage
from catalog.search_counts import RETENTION
from visualsearch.models import Network, QualityCheck, QualityKind, QualityResult, QualityTrial
from visualsearch.networks import serving

NORMAL = 1.96  # of the 95% interval
POOR = 0.8  # below it, a category needs better pictures or training
FEWEST = 5  # trials of a category: with fewer, chance decides
MAX_EXAMPLES = 6
MAX_HARDEST = 50
MAX_TREND = 60
STALLED_AFTER = timedelta(minutes=5)
UNNEEDED = ("search_vector", "keywords", "skus", "description")
FOUND = (QualityKind.RETAKEN, QualityKind.OTHER_PICTURE)


@dataclass(frozen=True)
class Share:
    """How many of `trials` succeeded."""

    score: float
    trials: int

    @property
    def value(self) -> float:
        return self.score / self.trials

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95% interval (Wilson 1927, "Probable inference")."""
        spread = NORMAL**2 / self.trials
        middle = (self.value + spread / 2) / (1 + spread)
        half = NORMAL / (1 + spread) * math.sqrt((self.value * (1 - self.value) + spread / 4) / self.trials)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class OfCategory:
    """The shares of a category, by kind."""

    category: Category
    shares: dict[str, Share]

    @property
    def worst(self) -> float:
        """Return the lower share of both kinds of searches."""
        return min((each.value for kind, each in self.shares.items() if kind in FOUND), default=1.0)

    @property
    def is_poor(self) -> bool:
        """Return True if one of the shares is low and not by chance."""
        shares = [each for kind, each in self.shares.items() if kind in FOUND]
        return any(each.value < POOR and each.trials >= FEWEST for each in shares)


@dataclass(frozen=True)
class Checked:
    """A finished check."""

    check: QualityCheck
    overall: dict[str, Share]
    categories: list[OfCategory]


class Miss(NamedTuple):
    """A search that found another product: the picture taken again or left out, what came first, what should have."""

    kind: str
    image: ProductImage
    found: ProductImage
    product: Product
    pictures: int
    expected: ProductImage

    @property
    def is_retaken(self) -> bool:
        return self.kind == QualityKind.RETAKEN

    @property
    def is_same_picture(self) -> bool:
        return self.image.sha256 == self.found.sha256


@dataclass(frozen=True)
class State:
    """The live network, its unfinished check, and the newest finished one, perhaps of another network."""

    network: Network
    running: QualityCheck | None
    latest: QualityCheck | None
    is_stalled: bool

    @property
    def is_outdated(self) -> bool:
        """Return True if the newest check is of a network that is not live any more."""
        return self.latest is not None and self.latest.network_id != self.network.pk


def state(now: datetime) -> State:
    """Three queries. Raises BadCard in a new shop whose network cannot be used."""
    network = serving.live()
    finished = QualityCheck.objects.exclude(finished_at=None).select_related("network").order_by("-finished_at")
    latest = finished.filter(network=network).first() or finished.first()
    running = QualityCheck.objects.filter(network=network, finished_at=None).first()
    return State(network, running, latest, running is not None and running.active_at < now - STALLED_AFTER)


def load(check: QualityCheck) -> Checked:
    """Return the shares of the check, the worst category first. One query."""
    overall: dict[str, Share] = {}
    by_category: dict[int, OfCategory] = {}
    for row in check.results.select_related("category").order_by("category__sort_key", "kind"):
        share = Share(row.score, row.trials)
        if row.category_id is None:
            overall[row.kind] = share
        elif row.category:  # None if it was deleted since
            by_category.setdefault(row.category.pk, OfCategory(row.category, {})).shares[row.kind] = share
    return Checked(check, overall, sorted(by_category.values(), key=lambda each: each.worst))


def trend(now: datetime) -> list[Checked]:
    """Return the checks of a year, oldest first, without their categories. Two queries."""
    finished = QualityCheck.objects.filter(asked_at__gt=now - RETENTION).exclude(finished_at=None)
    newest = list(finished.select_related("network").order_by("-finished_at")[:MAX_TREND])
    shares: dict[int, dict[str, Share]] = {}
    for row in QualityResult.objects.filter(check_run__in=newest, category=None):
        shares.setdefault(row.check_run_id, {})[row.kind] = Share(row.score, row.trials)
    return [Checked(each, shares[each.pk], []) for each in reversed(newest) if each.pk in shares]


def examples(check: QualityCheck) -> list[Miss]:
    """Return the worst searches, of different products, photos before pictures left out. Two queries."""
    misses = _misses(_missed(check.pk).order_by("-kind", "lead", "pk"), MAX_EXAMPLES)  # "retaken" follows "other"
    pictures: dict[int, list[ProductImage]] = {}
    for image in (
        ProductImage.objects.shown().filter(product__in=[miss.product for miss in misses]).order_by("position", "pk")
    ):
        pictures.setdefault(image.product_id, []).append(image)
    return [miss._replace(expected=_expected(miss, pictures.get(miss.product.pk, []))) for miss in misses]


def hardest(check: QualityCheck) -> list[Miss]:
    """Return the products that were not found, the furthest from being found first. One query."""
    return _misses(_missed(check.pk), MAX_HARDEST)


def is_tried(image: int) -> bool:
    """Return True if a stored trial has searched with this picture."""
    return QualityTrial.objects.filter(image=image).exists()


def _expected(miss: Miss, pictures: list[ProductImage]) -> ProductImage:
    others = [image for image in pictures if image.pk != miss.image.pk]
    return miss.image if miss.is_retaken or not others else others[0]


def _missed(check: int) -> QuerySet[QualityTrial]:
    pictures = ProductImage.objects.shown().filter(product=OuterRef("product")).values("product")
    number = Subquery(pictures.annotate(number=Count("pk")).values("number"))
    missed = QualityTrial.objects.filter(check_run=check, kind__in=FOUND, score=0, found__product__isnull=False)
    unneeded = [
        f"{product}__{name}" for product in ("product", "image__product", "found__product") for name in UNNEEDED
    ]
    rows = (
        missed.annotate(pictures=number).select_related("image__product", "found__product", "product").defer(*unneeded)
    )
    return rows.order_by("lead", "pk")


def _misses(trials: QuerySet[QualityTrial], limit: int) -> list[Miss]:
    """Return one miss of each product."""
    found: dict[int, Miss] = {}
    for trial in trials[: limit * len(FOUND)]:
        if trial.product_id not in found and trial.found is not None:
            pictures: int = trial.pictures  # type: ignore[attr-defined]  # annotated
            found[trial.product_id] = Miss(trial.kind, trial.image, trial.found, trial.product, pictures, trial.image)
    return list(found.values())[:limit]


def by_other_pictures(categories: int, pairs: int) -> tuple[list[QualityResult], dict[int, list[QualityTrial]]]:
    """Return the newest check's worst categories by pictures left out, and some misses by category. Two queries."""
    finished = QualityCheck.objects.exclude(finished_at=None).order_by("-finished_at").values("pk")[:1]
    rows = QualityResult.objects.filter(check_run=Subquery(finished), kind=QualityKind.OTHER_PICTURE)
    named = rows.filter(category__name__isnull=False).select_related("category").order_by("category__sort_key")
    worst = sorted(named, key=lambda each: each.share)[:categories]
    missed: dict[int, list[QualityTrial]] = {each.category_id or 0: [] for each in worst}
    if worst:
        trials = _missed(worst[0].check_run_id).filter(kind=QualityKind.OTHER_PICTURE)
        for trial in trials[: categories * pairs]:
            if len(found := missed.get(trial.product.category_id, [])) < pairs:
                found.append(trial)
    return worst, missed
