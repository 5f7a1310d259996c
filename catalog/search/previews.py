"""How many products each side of a synonym finds, for staff."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection

from catalog.models import Product
from catalog.search.find import matching
from catalog.search.synonyms import phrases

MAX_FOUND = 1_000  # counted; more are “1000+”
MAX_PHRASES = 30


def numbers_found(sides: Sequence[str]) -> list[int]:
    """Return how many products each text finds, which is one or several phrases, at most MAX_FOUND. One query."""
    if not sides:
        return []
    counts = [_count(side) for side in sides]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(sql for sql, _ in counts)}",
            [each for _, params in counts for each in params],
        )
        return list(cursor.fetchone())


def _count(side: str) -> tuple[str, tuple[Any, ...]]:
    products = Product.objects.exclude(status=Product.Status.DRAFT)
    found = [matching(products, phrase) for phrase in phrases(side)[:MAX_PHRASES]]
    one = reduce(or_, found, products.none()).order_by().values("pk")[:MAX_FOUND]
    if one.query.is_empty():
        return "0", ()
    sql, params = one.query.sql_with_params()
    return f"(SELECT count(*) FROM ({sql}) AS found)", params  # noqa: S608 - from the ORM
