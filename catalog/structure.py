"""Categories and filters of the shop, kept in memory: every list needs all of them, and they rarely change.

A small query tells whether they have changed, whoever changed them, so no page shows an old name.
"""

from __future__ import annotations

from typing import NamedTuple

from catalog.models import RESERVED_NAMES, Attribute, AttributeValue
from catalog.table_versions import table_versions
from catalog.tree import CategoryTree

TABLES = ("catalog_category", "catalog_attribute", "catalog_attributevalue")


class Structure(NamedTuple):
    """Threads share it: copy a category before you set anything on it."""

    tree: CategoryTree
    values_by_attribute: dict[Attribute, list[AttributeValue]]


_kept: tuple[object, Structure] | None = None


def structure() -> Structure:
    """Return the categories, and the filterable attributes with their values, in display order.

    One query in a warm process.
    """
    global _kept
    kept, version = _kept, table_versions(*TABLES)
    if kept is None or kept[0] != version:
        kept = _kept = version, Structure(CategoryTree(), _values_by_attribute())
    return kept[1]


def _values_by_attribute() -> dict[Attribute, list[AttributeValue]]:
    found: dict[Attribute, list[AttributeValue]] = {}
    values = AttributeValue.objects.filter(attribute__is_filterable=True)
    for value in values.exclude(attribute__slug__in=RESERVED_NAMES).select_related("attribute"):
        found.setdefault(value.attribute, []).append(value)
    return found
