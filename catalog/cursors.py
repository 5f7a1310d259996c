"""Read a list of products by cursor, so that products that come and go do not shift its pages.

A cursor holds the values by which the last product of a page was sorted; the next page starts after them. The key of
the product breaks ties, so no product is skipped or repeated unless it changes its own place. The CursorPagination of
Django REST framework compares one column and counts ties, and that count shifts when one of them disappears.

Search results have a place, but no value that lasts: scores depend on the query, and weights on all products. Their
cursors hold the products of a page, and the next page starts after the last of them that is still found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import F, FloatField, Q
from django.db.models.expressions import Col, OrderBy
from django.db.models.functions import Cast

from catalog.models import Product, ProductQuerySet

MAX_LENGTH = 1000  # characters; a cursor by name holds a title
AFTER, BEFORE, FROM, UP_TO = ">", "<", ">=", "<="  # the place of a page: beyond a product, or beginning with it
RETURN = {AFTER: UP_TO, BEFORE: FROM, FROM: BEFORE, UP_TO: AFTER}  # from an empty page


class InvalidCursorError(Exception):
    """The cursor is damaged or belongs to another list."""


@dataclass(frozen=True)
class Slice:
    """The products of a page, and the cursors of the pages beside it."""

    products: list[Product]
    next: str | None
    previous: str | None


@dataclass(frozen=True)
class Column:
    """A column of the sort order, annotated as `name`. `bounds_index`: a bound on it can start an index scan."""

    name: str
    descends: bool
    nulls_last: bool
    bounds_index: bool

    def reversed(self) -> Column:
        return replace(self, descends=not self.descends, nulls_last=not self.nulls_last)

    def equals(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def follows(self, value: Any, or_equal: str = "") -> Q:
        """Return the condition that a row comes after this value; with `or_equal="e"`, also one that has it."""
        is_null = Q(**{f"{self.name}__isnull": True})
        if value is None:
            later = Q(pk__in=[]) if self.nulls_last else ~is_null
            return later | is_null if or_equal else later
        later = Q(**{f"{self.name}__{'lt' if self.descends else 'gt'}{or_equal}": value})
        return later | is_null if self.nulls_last and not self.bounds_index else later


def read_slice(products: ProductQuerySet, cursor: str, size: int, scope: str) -> Slice:
    """Return the page at this cursor; an empty cursor stands for the first page.

    The products must be sorted, with their key last. `scope` names the list: a cursor is valid for one list only.
    Raises InvalidCursorError.
    """
    annotated, columns = _with_columns(products)
    place, values = _read_values(cursor, scope, columns, annotated) if cursor else ("", [])
    is_backwards = place in (BEFORE, UP_TO)
    found = annotated
    if cursor:
        directed = [column.reversed() for column in columns] if is_backwards else columns
        found = found.filter(_beyond(directed, values, "e" if place in (FROM, UP_TO) else ""))

    def write(place: str, rows: Sequence[Product]) -> str:
        return _write([place, *([getattr(rows[0], column.name) for column in columns] if rows else values)], scope)

    return _slice(found, place, size, write)


def read_ranked_slice(products: ProductQuerySet, keys: Sequence[int], cursor: str, size: int, scope: str) -> Slice:
    """Return the page at this cursor of search results. `keys` has the results in their order, now.

    If a whole page is no longer found, the next one starts at its place. Raises InvalidCursorError.
    """
    place, at, anchors = _read_anchors(cursor, scope) if cursor else ("", 0, [])
    places = {key: number for number, key in enumerate(keys)}
    found = next((places[key] for key in anchors if key in places), None)
    if found is not None:
        at = found + 1 if place in (AFTER, UP_TO) else found
    is_backwards = place in (BEFORE, UP_TO)
    within = products.filter(pk__in=keys[:at] if is_backwards else keys[at:])

    def write(place: str, rows: Sequence[Product]) -> str:
        if not rows:
            return _write([place, at, *anchors], scope)
        nearest = [row.pk for row in rows]
        return _write([place, places[nearest[0]] + (place == AFTER), *nearest], scope)

    return _slice(within, place, size, write)


def _slice(products: ProductQuerySet, place: str, size: int, write: Callable[[str, Sequence[Product]], str]) -> Slice:
    """Read a page. `write` returns a cursor, given the products of the page from the end that it lies beyond."""
    is_backwards = place in (BEFORE, UP_TO)
    rows = list((products.reverse() if is_backwards else products)[: size + 1])
    has_more, rows = len(rows) > size, rows[:size]
    if is_backwards:
        rows.reverse()
    if not rows:
        back = write(RETURN[place], []) if place else None
        return Slice([], back if is_backwards else None, None if is_backwards else back)
    return Slice(
        products=rows,
        next=write(AFTER, rows[::-1]) if is_backwards or has_more else None,
        previous=write(BEFORE, rows) if (has_more if is_backwards else place) else None,
    )


def _with_columns(products: ProductQuerySet) -> tuple[ProductQuerySet, list[Column]]:
    """Annotate what the products are sorted by, and return the columns."""
    columns = []
    for number, entry in enumerate(products.query.order_by or products.model._meta.ordering or ()):
        order = _order(entry)
        resolved = order.expression.resolve_expression(products.query)
        expression = order.expression
        if isinstance(resolved.output_field, FloatField):
            expression = Cast(expression, FloatField())  # ts_rank is a float4, which would not equal its own text
        name = f"cursor_{number}"
        products = products.annotate(**{name: expression})
        nulls_last = bool(order.nulls_last) or not (order.nulls_first or order.descending)
        is_required = isinstance(resolved, Col) and not resolved.target.null
        columns.append(Column(name, order.descending, nulls_last, is_required))
    return products, columns


def _order(entry: Any) -> OrderBy:
    """Return the order that a name such as "-price", or an expression, stands for."""
    if isinstance(entry, str):
        return OrderBy(F(entry.lstrip("-")), descending=entry.startswith("-"))
    return entry if isinstance(entry, OrderBy) else OrderBy(entry)


def _beyond(columns: Sequence[Column], values: Sequence[Any], or_equal: str) -> Q:
    """Return the condition that a row comes after these values."""
    first, found, equal = columns[0], Q(), Q()
    for column, value in zip(columns, values, strict=True):
        found |= equal & column.follows(value, or_equal if column is columns[-1] else "")
        equal &= column.equals(value)
    # Implied by the rest, but PostgreSQL can start an index scan with it.
    return first.follows(values[0], "e") & found if first.bounds_index else found


def _write(values: Sequence[Any], scope: str) -> str:
    plain = [each.isoformat() if isinstance(each, datetime) else each for each in values]
    plain = [str(each) if isinstance(each, Decimal) else each for each in plain]
    signed: str = _signer(scope).sign_object(plain, compress=True)
    return signed


def _read_values(
    cursor: str, scope: str, columns: Sequence[Column], products: ProductQuerySet
) -> tuple[str, list[Any]]:
    """Return the place and the values of a cursor. Raises InvalidCursorError."""
    place, values = _read(cursor, scope)
    fields = [products.query.annotations[column.name].output_field for column in columns]
    try:
        return place, [field.to_python(value) for field, value in zip(fields, values, strict=True)]
    except (ValueError, TypeError, ValidationError) as error:
        raise InvalidCursorError from error


def _read_anchors(cursor: str, scope: str) -> tuple[str, int, list[int]]:
    """Return the place of a cursor, its number and the products it lies beyond. Raises InvalidCursorError."""
    place, values = _read(cursor, scope)
    if not values or not all(isinstance(each, int) and each >= 0 for each in values):
        raise InvalidCursorError
    return place, values[0], values[1:]


def _read(cursor: str, scope: str) -> tuple[str, list[Any]]:
    if len(cursor) > MAX_LENGTH:
        raise InvalidCursorError
    try:
        place, *values = list(_signer(scope).unsign_object(cursor))
    except (BadSignature, ValueError, TypeError) as error:
        raise InvalidCursorError from error
    if place not in list(RETURN):
        raise InvalidCursorError
    return place, values


def _signer(scope: str) -> Signer:
    """Return a signer without a timestamp: the same page has the same cursors, and so the same ETag."""
    return Signer(salt=f"catalog.cursors:{hashlib.sha256(scope.encode()).hexdigest()}")
