"""Facets: how many products each additional filter would match.

The counts of an attribute ignore the values already chosen for it, so that a second value can be added, and respect
every other filter. One query counts everything, however many attributes, values and categories there are: it reads
each product once, with the keys of its category and values, and groups by these keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Case, Count, F, Func, Value, When
from django.db.models.expressions import Combinable

from catalog.filters import Filters
from catalog.models import Attribute, AttributeValue, Category, ProductQuerySet
from catalog.tree import CategoryTree

KEYS: ArrayField[Sequence[int], list[int]] = ArrayField(BigIntegerField())
MISS = 10_000  # more than a shop has attributes


class _Unnest(Func):
    """One row for each element of an array."""

    function = "unnest"
    set_returning = True
    output_field = BigIntegerField()


@dataclass(frozen=True)
class FacetValue:
    label: str
    slug: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    slug: str
    values: list[FacetValue]


@dataclass(frozen=True)
class CategoryCount:
    """A category and its number of products, subcategories included. `parent` is the slug of its parent, or None."""

    slug: str
    name: str
    parent: str | None
    count: int
    chosen: bool


class Counts(NamedTuple):
    """Numbers of products. A category's are those directly in it, whatever category is chosen."""

    by_category: dict[int, int]
    by_value: dict[int, int]


def count(
    products: ProductQuerySet, filters: Filters, values_by_attribute: Mapping[Attribute, Sequence[AttributeValue]]
) -> Counts:
    """Count the products by the keys of their category and of their attribute values, in one query.

    The count of a value ignores the filters on its own attribute.
    """
    chosen = _chosen(filters, values_by_attribute)
    counts = Counts({}, {})
    for missed, key, number in _counted(
        filters.narrow(products, by_category=False, by_attributes=False), filters, chosen
    ):
        if key < 0 and not missed:
            counts.by_category[-key] = number
        elif key > 0 and (not missed or key in chosen[missed - 1].all_keys):
            counts.by_value[key] = counts.by_value.get(key, 0) + number
    return counts


def count_loaded(facts: Iterable[tuple[int, Sequence[int]]]) -> Counts:
    """Count products that are loaded, and that no filter narrows, by their categories and attribute values."""
    loaded = list(facts)
    values = Counter(value for _category, values in loaded for value in values)
    return Counts(dict(Counter(category for category, _values in loaded)), dict(values))


class _Chosen(NamedTuple):
    """The chosen values of an attribute, and all of its values."""

    keys: list[int]
    all_keys: frozenset[int]


def _chosen(filters: Filters, values_by_attribute: Mapping[Attribute, Sequence[AttributeValue]]) -> list[_Chosen]:
    return [
        _Chosen(
            [value.pk for value in values if value.slug in filters.attributes[attribute.slug]],
            frozenset(value.pk for value in values),
        )
        for attribute, values in values_by_attribute.items()
        if attribute.slug in filters.attributes
    ]


def _counted(products: ProductQuerySet, filters: Filters, chosen: Sequence[_Chosen]) -> Iterable[tuple[int, int, int]]:
    """Yield numbers of products by the attribute they miss (counted from 1, or 0) and by key.

    Keys of categories are negative. A product outside the chosen category counts only for its own category, and one
    that misses two attributes counts for nothing.
    """
    missed: Combinable = Value(0)
    for number, each in enumerate(chosen, 1):
        miss = Case(When(facet_values__overlap=each.keys, then=Value(0)), default=Value(MISS + number))
        missed = missed + miss
    values: Combinable | F = F("facet_values")
    if filters.category is not None:
        inside = Category.objects.filter(path__startswith=filters.category.path).values("pk")
        values = Case(When(category__in=inside, then=values), default=Value([], KEYS))
    keys: Combinable = Func(values, F("category") * Value(-1), function="array_append", output_field=KEYS)
    if chosen:  # a product that misses an attribute counts for no category
        keys = Case(When(missed=0, then=keys), default=values)
    found = products.order_by().annotate(missed=missed)
    if len(chosen) > 1:
        found = found.filter(missed__lt=2 * MISS)
    rows = found.annotate(key=_Unnest(keys)).values("missed", "key").annotate(number=Count("*"))
    return ((miss % MISS, key, number) for miss, key, number in rows.values_list("missed", "key", "number"))


def facets(
    values_by_attribute: Mapping[Attribute, Iterable[AttributeValue]], counts: Mapping[int, int], filters: Filters
) -> list[Facet]:
    """Return the facets, with the selected values and those that match at least one product."""
    found = []
    for attribute, values in values_by_attribute.items():
        chosen = set(filters.attributes.get(attribute.slug, ()))
        offered = [
            FacetValue(value.value, value.slug, counts.get(value.pk, 0), value.slug in chosen)
            for value in values
            if counts.get(value.pk) or value.slug in chosen
        ]
        if offered:
            found.append(Facet(attribute.name, attribute.slug, offered))
    return found


def category_counts(tree: CategoryTree, totals: Mapping[int, int], chosen: Category | None) -> list[CategoryCount]:
    """Return the categories with products, and the chosen one, in tree order."""
    return [
        CategoryCount(each.slug, each.name, _parent(tree, each), totals[each.pk], each == chosen)
        for each in tree.categories
        if totals[each.pk] or each == chosen
    ]


def _parent(tree: CategoryTree, category: Category) -> str | None:
    path = category.path[: -Category.steplen]
    return tree.by_path[path].slug if path else None
