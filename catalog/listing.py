"""One page of a list of products with its facets: what pages and API show of a category or a search."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.core.paginator import Page, Paginator

from catalog.facets import Facet, count_by_category, count_by_value, facets
from catalog.filters import Filters
from catalog.forms import ProductFilterForm
from catalog.models import Category, Product, ProductQuerySet

PAGE_SIZE = 24
MANY = 5_000  # products; counts of longer lists are remembered for a moment, because counting reads them all
REMEMBERED_SECONDS = 60

Counts = tuple[dict[int, int], dict[int, int]]


@dataclass(frozen=True)
class Listing:
    """`subcategories` carry `product_count`; those that would leave nothing are left out."""

    page: Page[Product]
    result_count: int
    category: Category | None
    breadcrumbs: list[Category]
    subcategories: list[Category]
    facets: list[Facet]


def list_products(products: ProductQuerySet, form: ProductFilterForm, page: Any, scope: str) -> Listing:
    """A page of the products that fit the valid form.

    `scope` names the products before the form, such as the words that were searched for. At most five queries beyond
    the form's own two, whatever the number of products.
    """
    filters, tree = form.filters, form.tree
    by_category, by_value = _counts(products, filters, scope)
    totals = tree.roll_up(by_category)
    category = filters.category
    total = totals.get(category.pk, 0) if category else sum(by_category.values())
    children = tree.children(category)
    for child in children:
        child.product_count = totals[child.pk]
    return Listing(
        page=_page(form.ordered(form.narrow(products)).for_cards(), total, page),
        result_count=total,
        category=category,
        breadcrumbs=tree.breadcrumbs(category) if category else [],
        subcategories=[child for child in children if child.product_count],
        facets=facets(form.values_by_attribute, by_value, filters),
    )


def _page(products: ProductQuerySet, total: int, number: Any) -> Page[Product]:
    paginator: Paginator[Product] = Paginator(products, PAGE_SIZE)
    paginator.count = total  # known from the facets; the paginator would count again
    return paginator.get_page(number)


def _counts(products: ProductQuerySet, filters: Filters, scope: str) -> Counts:
    def count() -> Counts:
        return count_by_category(products, filters), count_by_value(products, filters)

    return _remembered(f"catalog.counts:{scope}:{filters!r}", count)


def _remembered(key: str, count: Callable[[], Counts]) -> Counts:
    key = hashlib.sha256(key.encode()).hexdigest()
    known: Counts | None = caches["local"].get(key)
    if known is not None:
        return known
    counts = count()
    if sum(counts[0].values()) > MANY:
        caches["local"].set(key, counts, REMEMBERED_SECONDS)
    return counts
