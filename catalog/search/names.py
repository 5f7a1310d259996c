"""The names a query may contain: categories, attribute values and brands, found by the stems of their words.

Each process reads them with one statement every CHECK_SECONDS, and rebuilds its index if they have changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import regex
from django.core.cache import caches
from django.db import connection

from catalog.search.grammar import APART
from catalog.search.tokens import name_key

CATEGORY, ATTRIBUTE, BRAND = "category", "attribute", "brand"
CHECK_SECONDS = 30
FRESH = "catalog.names.fresh"
MAX_NAMES = 20_000  # of each kind
MAX_WORDS = 5  # in a name that is looked up
SEPARATOR = regex.compile(r"\s*(?:[&/,+]|\band\b|\bund\b|\bet\b)\s*", regex.IGNORECASE)

Key = tuple[str, ...]
_lock = Lock()


def category_lexeme(key: int) -> str:
    """Return the lexeme of all products in the category or below it. No text contains such lexemes."""
    return f"=c{key}"


def value_lexeme(key: int) -> str:
    return f"=v{key}"


@dataclass(frozen=True)
class Name:
    """A category, attribute value or brand. `lexeme` finds its products; brands are found by their words."""

    kind: str
    key: int | None
    label: str
    slug: str = ""
    attribute: str = ""
    is_parent: bool = False

    @property
    def lexeme(self) -> str:
        if self.key is None:
            return ""
        return category_lexeme(self.key) if self.kind == CATEGORY else value_lexeme(self.key)


class Named(NamedTuple):
    """A name and how well a phrase matches it: 1 for the whole name, less for the last words of it."""

    name: Name
    weight: float


class NameIndex:
    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._names: dict[Key, list[Named]] = defaultdict(list)
        self._apart = {name_key(" ".join(phrase)) for phrase in APART}
        found = [Name(*row) for row in rows]
        for name in found:
            self._add(name)
        self.all = found
        self.values = {name.key: name for name in found if name.kind == ATTRIBUTE}

    def find(self, key: Key) -> list[Named]:
        """Return what has this name, or a name that ends with it, best first."""
        return self._names.get(key, [])

    def _add(self, name: Name) -> None:
        whole = name_key(name.label)
        self._put(whole, Named(name, 1.0))
        if name.kind == BRAND:
            return
        parts = [name_key(part) for part in SEPARATOR.split(name.label)] if name.kind == CATEGORY else [whole]
        for part in parts:
            if part != whole:
                self._put(part, Named(name, 0.95))
            for start in range(1, len(part) if part not in self._apart else 0):
                self._put(part[start:], Named(name, 0.85))

    def _put(self, key: Key, named: Named) -> None:
        if 0 < len(key) <= MAX_WORDS and all(each.name is not named.name for each in self._names[key]):
            self._names[key].append(named)
            self._names[key].sort(key=lambda each: -each.weight)


class _Loaded(NamedTuple):
    rows: list[tuple[Any, ...]]
    known: NameIndex


_loaded = _Loaded([], NameIndex([]))


def names() -> NameIndex:
    """Return the current names."""
    global _loaded
    if not caches["local"].get(FRESH):
        with _lock, connection.cursor() as cursor:
            cursor.execute(NAMES, {"most": MAX_NAMES})
            rows = cursor.fetchall()
            if rows != _loaded.rows:
                _loaded = _Loaded(rows, NameIndex(rows))
            caches["local"].set(FRESH, True, CHECK_SECONDS)
    return _loaded.known


def changed() -> None:
    """Read the names again before the next search. Call it after writing."""
    caches["local"].delete(FRESH)


# Walks from brand to brand in the index instead of reading every product.
NAMES = """
WITH RECURSIVE brands AS (
    (SELECT brand FROM catalog_product WHERE brand > '' AND status <> 'draft' ORDER BY brand LIMIT 1)
    UNION ALL
    SELECT (SELECT brand FROM catalog_product
            WHERE brand > brands.brand AND brand > '' AND status <> 'draft' ORDER BY brand LIMIT 1)
    FROM brands WHERE brands.brand IS NOT NULL
)
(SELECT 'category', id, name, slug, '', numchild > 0 FROM catalog_category ORDER BY path LIMIT %(most)s)
UNION ALL
(SELECT 'attribute', value.id, value.value, value.slug, attribute.slug, false
 FROM catalog_attributevalue AS value JOIN catalog_attribute AS attribute ON attribute.id = value.attribute_id
 ORDER BY value.id LIMIT %(most)s)
UNION ALL
(SELECT 'brand', NULL, brand, '', '', false FROM brands WHERE brand IS NOT NULL LIMIT %(most)s)
"""
