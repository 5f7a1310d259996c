"""Recommendations by looks, each with its reason: for a browsing history, and for what goes with products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, ProductImage, ProductQuerySet
from visualsearch import search
from visualsearch.alike import CLEAR, FAINT, likeness, substitutes
from visualsearch.fusion import fuse

MAX_VIEWED = 20
DEPTH = 30  # candidates for each viewed product
SOURCE = ("pk", "slug", "title", "family", "category")  # what a recommendation needs of its reason
REASONS: Mapping[str, str | Promise] = {
    "viewed": _("Because you viewed %(title)s"),
    "bought_together": _("Often bought with %(title)s"),
    "looks": _("Matches the look of %(title)s"),
    "substitute": _("Looks like %(title)s and is in stock"),
}


Shown = TypeVar("Shown", "search.Result", "Recommendation")


@dataclass(frozen=True)
class Recommendation:
    """A product, the kind of reason to show it (a key of REASONS), and the product that is the reason."""

    product: Product
    kind: str
    because: Product
    score: float
    image: ProductImage | None = None

    @property
    def reason(self) -> str:
        """The reason in words, for customers."""
        return REASONS[self.kind] % {"title": self.because.title}


def recommend(viewed: Sequence[str], products: ProductQuerySet, limit: int) -> list[Recommendation]:
    """Return products that look like the viewed ones (slugs, latest last). Only the latest MAX_VIEWED count."""
    recent = list(dict.fromkeys(reversed(viewed)))[:MAX_VIEWED]
    found = Product.objects.filter(slug__in=recent).select_related("category").only(*SOURCE)
    known = {product.slug: product for product in found}
    return recommend_for([known[slug] for slug in recent if slug in known], products, limit)


def recommend_for(history: Sequence[Product], products: ProductQuerySet, limit: int) -> list[Recommendation]:
    """Return products in stock that look like the viewed ones (latest first), without these and their families.

    Products of the viewed kinds come first, others only fill up. Rank fusion favours products that look like several
    of them: after four mugs and one lamp, mugs come before lamps. The history needs its categories.
    """
    if not history:
        return []
    strangers, kinds = _without_families(products.in_stock(), history), _kinds(history)
    return _fused("viewed", history, [(strangers.filter(kinds), FAINT), (strangers.exclude(kinds), CLEAR)], limit)


def matching_looks(sources: Sequence[Product], products: ProductQuerySet, limit: int) -> list[Recommendation]:
    """Return products that clearly look like these. `products` are of other kinds, such as bowls for a mug."""
    return _fused("looks", sources, [(products, CLEAR)], limit)


def recommend_instead(product: Product, products: ProductQuerySet, limit: int) -> list[Recommendation]:
    """Return the nearest products in stock and in the same price band."""
    found = substitutes(product, products, limit)
    return [Recommendation(each.product, "substitute", product, each.score, each.image) for each in found]


def of_other_kinds(products: ProductQuerySet, sources: Sequence[Product]) -> ProductQuerySet:
    """Leave out the categories of these products, with their subcategories, and their families."""
    return _without_families(products.exclude(_kinds(sources)), sources) if sources else products


def _kinds(sources: Sequence[Product]) -> Q:
    """The categories of these products, with their subcategories."""
    paths = sorted({source.category.path for source in sources[:MAX_VIEWED]})
    return reduce(or_, (Q(category__path__startswith=path) for path in paths))


def _without_families(products: ProductQuerySet, sources: Iterable[Product]) -> ProductQuerySet:
    families = {source.family for source in sources if source.family}
    return products.exclude(family__in=families) if families else products


def _fused(
    kind: str, sources: Sequence[Product], groups: Sequence[tuple[ProductQuerySet, float]], limit: int
) -> list[Recommendation]:
    """Fuse the rankings of the sources, one group of products after the other. Three queries.

    Each group has the share of the match threshold where its likeness ends. The reason names the nearest source, and a
    family is shown once.
    """
    by_key = {source.pk: source for source in sources[:MAX_VIEWED]}
    if not by_key:
        return []
    found = search.near_each(list(by_key), [search.Group(products, DEPTH) for products, _share in groups])
    ranking: list[int] = []
    best: dict[int, search.Hit] = {}
    for by_source, (_products, share) in zip(found, groups, strict=True):
        enough = share * likeness()
        hits = [[hit for hit in by_source.get(key, []) if hit.score >= enough] for key in by_key]
        ranking += fuse([hit.product_id for hit in each] for each in hits)
        for hit in (hit for each in hits for hit in each):
            if hit.product_id not in best or hit.score > best[hit.product_id].score:
                best[hit.product_id] = hit
    results = search.results_of(best[key] for key in ranking[: 2 * limit])
    return [
        Recommendation(each.product, kind, by_key[best[each.product.pk].probe_id or 0], each.score, each.image)
        for each in one_per_family(results)
    ][:limit]


def one_per_family(found: Iterable[Shown]) -> list[Shown]:
    """Leave out further members of a family; they are the swatches of the first one."""
    first: dict[object, Shown] = {}
    for each in found:
        first.setdefault(each.product.family or each.product.pk, each)
    return list(first.values())
