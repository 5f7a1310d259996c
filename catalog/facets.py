"""Facets: how many products each additional filter would match.

The counts of an attribute ignore the values already chosen for it, so that a second value can be added, and respect
every other filter. Counting takes two queries, however many attributes, values and categories there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

from django.db.models import Count, Exists, OuterRef, Q

from catalog.filters import Filters
from catalog.models import Attribute, AttributeValue, Category, Product, ProductQuerySet
from catalog.tree import CategoryTree


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
    """A category and its products, with those of its subcategories. `parent` is the slug of its parent, or None."""

    slug: str
    name: str
    parent: str | None
    count: int
    chosen: bool


def count_by_category(products: ProductQuerySet, filters: Filters) -> dict[int, int]:
    """Count the products directly in each category, by its key, ignoring the category filter."""
    found = filters.narrow(products, by_category=False).order_by()
    return dict(found.values("category").annotate(number=Count("pk")).values_list("category", "number"))


def count_by_value(products: ProductQuerySet, filters: Filters) -> dict[int, int]:
    """Count the products with each attribute value, by its key, ignoring the filter of its own attribute."""
    found = filters.narrow(products, by_attributes=False).order_by()
    found = found.filter(attribute_values__attribute__is_filterable=True)
    chosen = {slug: _has_value(slug, values) for slug, values in filters.attributes.items()}
    number = Count("pk", filter=_matches_other_attributes(chosen)) if chosen else Count("pk")
    return dict(found.values("attribute_values").annotate(number=number).values_list("attribute_values", "number"))


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


def _has_value(attribute: str, values: Sequence[str]) -> Exists:
    return Exists(
        Product.attribute_values.through.objects.filter(
            product=OuterRef("pk"), attributevalue__attribute__slug=attribute, attributevalue__slug__in=list(values)
        )
    )


def _matches_other_attributes(chosen: Mapping[str, Exists]) -> Q:
    """Return the condition for a pair of product and value: the product matches the filters of other attributes."""
    matches = ~Q(attribute_values__attribute__slug__in=list(chosen)) & reduce(and_, map(Q, chosen.values()))
    for slug in chosen:
        others = [Q(condition) for other, condition in chosen.items() if other != slug]
        matches |= reduce(and_, others, Q(attribute_values__attribute__slug=slug))
    return matches
