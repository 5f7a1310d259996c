"""The queue of pictures that wait for staff: its order, its oldest, and the evidence beside a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from catalog.models import Category, Product, ProductImage
from visualsearch.models import Reason, RefusedPicture, Verdict
from visualsearch.moderation.wording import code_name, fact

MAX_COUNT = 1000
MAX_PICTURES = 12  # beside one picture
# Evidence that names pictures, products and categories by their keys, alone or in lists.
PICTURES = ("image", "images", "allowed", "copies", "nearest")
PRODUCTS = ("product", "products")
CATEGORIES = ("category", "categories", "expected")
REFUSED = ("refused",)  # what staff refused before; the picture itself may be gone
REASONS = ("reason", "refused_as")
UNSHOWN = {"box", "likeness", *PICTURES, *PRODUCTS, *CATEGORIES, *REFUSED}


@dataclass(frozen=True)
class Backlog:
    """What waits for staff. MAX_COUNT means "or more". `unchecked` pictures have no verdict yet."""

    waiting: int
    oldest_at: datetime | None
    unchecked: int


@dataclass
class Evidence:
    """What a check found in a picture, ready to be shown."""

    check: str
    title: str
    score: float
    facts: list[str]
    box: Sequence[float] | None
    is_reason: bool
    pictures: list[ProductImage] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)
    refused: list[RefusedPicture] = field(default_factory=list)

    @property
    def percent(self) -> int:
        return round(100 * self.score)


def backlog() -> Backlog:
    """Return what waits for staff. Three queries."""
    waiting = Verdict.objects.open()
    oldest = waiting.aggregate(oldest=Min(Coalesce("appealed_at", "sampled_at", "checked_at")))["oldest"]
    return Backlog(waiting.order_by()[:MAX_COUNT].count(), oldest, unchecked().order_by()[:MAX_COUNT].count())


def unchecked() -> QuerySet[ProductImage]:
    """Return hidden pictures without a verdict on their bytes."""
    current = Verdict.objects.filter(image=OuterRef("pk"), image_sha256=OuterRef("sha256"))
    hidden = ProductImage.objects.filter(~Exists(current), is_public=False)
    return hidden if settings.MODERATION != "off" else hidden.none()


def in_order(verdicts: QuerySet[Verdict]) -> QuerySet[Verdict]:
    """Sort the verdicts as the queue does: the oldest first."""
    return verdicts.order_by("checked_at", "pk")


def following(verdicts: QuerySet[Verdict], current: Verdict) -> Verdict | None:
    """Return the verdict after this one; after the last one, the first."""
    others = in_order(verdicts.exclude(pk=current.pk))
    is_later = Q(checked_at__gt=current.checked_at) | Q(checked_at=current.checked_at, pk__gt=current.pk)
    return others.filter(is_later).first() or others.first()


def preceding(verdicts: QuerySet[Verdict], current: Verdict) -> Verdict | None:
    """Return the verdict before this one; before the first one, the last."""
    others = in_order(verdicts.exclude(pk=current.pk))
    is_earlier = Q(checked_at__lt=current.checked_at) | Q(checked_at=current.checked_at, pk__lt=current.pk)
    return others.filter(is_earlier).last() or others.last()


def evidence(verdict: Verdict) -> list[Evidence]:
    """Return what the checks found, with the pictures, products and categories they name. Four queries."""
    images = _loaded(ProductImage.objects.select_related("product"), verdict.findings, PICTURES)
    products = _loaded(Product.objects.defer("search_vector", "description"), verdict.findings, PRODUCTS)
    categories = _loaded(Category.objects.all(), verdict.findings, CATEGORIES)
    refused = _loaded(RefusedPicture.objects.exclude(small=b""), verdict.findings, REFUSED)
    shown = []
    for finding in verdict.findings:
        found = finding["evidence"]
        row = Evidence(
            finding["check"], code_name(finding["code"]), finding["score"],
            [fact(name, _in_words(name, value)) for name, value in found.items()
             if name not in UNSHOWN and _is_plain(value)],
            found.get("box"), finding["check"] == verdict.reason,
        )  # fmt: skip
        row.pictures = _named(found, PICTURES, images)[:MAX_PICTURES]
        row.products = _named(found, PRODUCTS, products)[:MAX_PICTURES]
        row.categories = _named(found, CATEGORIES, categories)[:MAX_PICTURES]
        row.refused = [] if row.pictures else _named(found, REFUSED, refused)
        shown.append(row)
    return shown


def check_name(check: str) -> str:
    """Return the name of a check, as staff read it."""
    return str(Reason(check).label) if check in Reason.values else check


def _loaded(rows: QuerySet[Any], findings: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[int, Any]:
    keys = {key for finding in findings for key in _keys(finding["evidence"], names)}
    return rows.in_bulk(keys) if keys else {}


def _named(found: dict[str, Any], names: Sequence[str], rows: dict[int, Any]) -> list[Any]:
    return [rows[key] for key in _keys(found, names) if key in rows]


def _keys(found: dict[str, Any], names: Sequence[str]) -> Iterator[int]:
    for name in names:
        value = found.get(name)
        for key in value if isinstance(value, list) else [value]:
            if isinstance(key, int) and not isinstance(key, bool):
                yield key


def _in_words(name: str, value: Any) -> Any:
    return check_name(str(value)) if name in REASONS else value


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)
