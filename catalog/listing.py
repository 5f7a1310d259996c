"""One page of a product list with its facets, for the pages and the API."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils import timezone

from catalog.facets import Counts, Facet, count, facets
from catalog.forms import ProductFilterForm
from catalog.models import Category, CountedProduct, Product, ProductQuerySet
from catalog.search.ranking import in_order

PAGE_SIZE = 24
CACHE_ABOVE = 5_000  # products; counting them reads every row
CACHE_SECONDS = 60  # for these; a count of ten times as many takes and lasts ten times as long
MAX_CACHE_SECONDS = 10 * CACHE_SECONDS


@dataclass(frozen=True)
class Listing:
    """A page of products, read when it is iterated. `subcategories` have a `product_count`; empty ones are left out.

    `totals` maps the key of a category to its number of products, subcategories included.
    """

    page: Page[Product]
    result_count: int
    category: Category | None
    breadcrumbs: list[Category]
    subcategories: list[Category]
    facets: list[Facet]
    totals: dict[int, int]


def list_products(
    products: ProductQuerySet,
    form: ProductFilterForm,
    page: Any,
    scope: str,
    keys: Sequence[int] | None = None,
    counted: Q | None = None,
    counts: Counts | None = None,
) -> Listing:
    """Return a page of the products that match a valid form.

    `scope` identifies the unfiltered products in the cache, such as the words of a search. `keys` are the keys of
    ranked products, in their order. `counted` is the condition by which the visible ones of `CountedProduct` are the
    same products, which is faster; None if there is none. `counts` are the counts, if they are known. Takes at most
    four queries besides the form's own two.
    """
    filters, tree = form.filters, form.tree
    by_category, by_value = counts or _counts(products if counted is None else _visible(counted), form, scope)
    totals = tree.roll_up(by_category)
    category = filters.category
    total = totals.get(category.pk, 0) if category else sum(by_category.values())
    subcategories = [
        copy(child) for child in tree.children(category) if totals[child.pk]
    ]  # other threads share the tree
    for child in subcategories:
        child.product_count = totals[child.pk]
    shown = _page(form.ordered(form.narrow(products)).for_cards(), total, page)
    if keys is not None and form.is_by_relevance and not form.is_narrowed:  # sort these only, not all results
        shown.object_list = in_order(products, keys[max(shown.start_index() - 1, 0) : shown.end_index()]).for_cards()
    return Listing(
        page=shown,
        result_count=total,
        category=category,
        breadcrumbs=tree.breadcrumbs(category) if category else [],
        subcategories=subcategories,
        facets=facets(form.values_by_attribute, by_value, filters),
        totals=totals,
    )


def _visible(counted: Q) -> ProductQuerySet:
    return CountedProduct.objects.visible(timezone.now()).filter(counted)


def _page(products: ProductQuerySet, total: int, number: Any) -> Page[Product]:
    paginator: Paginator[Product] = Paginator(products, PAGE_SIZE)
    paginator.count = total  # known from the facets; the paginator would count again
    return paginator.get_page(number)


def _counts(products: ProductQuerySet, form: ProductFilterForm, scope: str) -> Counts:
    """Count by category and by attribute value; cache the counts of long lists."""
    filters = form.filters
    key = hashlib.sha256(f"catalog.counts:{scope}:{filters!r}".encode()).hexdigest()
    cached: Counts | None = caches["local"].get(key)
    if cached is not None:
        return cached
    counts = count(products, filters, form.values_by_attribute)
    total = sum(counts.by_category.values())
    if total > CACHE_ABOVE:
        caches["local"].set(key, counts, min(CACHE_SECONDS * total // CACHE_ABOVE, MAX_CACHE_SECONDS))
    return counts
