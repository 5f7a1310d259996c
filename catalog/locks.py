"""Row locks of the catalogue, always taken in this order: names, products by key, then their variants.

Writing a variant may also write its product: a trigger updates the product's price and stock, and a sale increases
its `sold_count`. Code that writes several products or their variants therefore locks the products first. Two
transactions may then wait for each other, but cannot deadlock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import QuerySet

from catalog.models import Product, Variant

NAMES_LOCK = 0x5E3B_1A9C  # key of an advisory lock
MAX_ATTEMPTS = 5
RETRYABLE = {"40P01", "40001"}  # SQLSTATE: deadlock detected, serialization failure
Result = TypeVar("Result")


def lock_names() -> None:
    """Lock the names of categories, attributes and attribute values until the transaction ends.

    Call it before any other lock, in a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NAMES_LOCK])


@contextmanager
def try_session_lock(work: int, key: int) -> Iterator[bool]:
    """Yield True if no other process does this work for the key, a number of four bytes.

    The lock belongs to the session: no transaction stays open, it can be taken twice, and a killed process frees it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [work, key])
        is_free = bool(cursor.fetchone()[0])
    try:
        yield is_free
    finally:
        if is_free:
            with suppress(DatabaseError), connection.cursor() as cursor:  # a lost connection holds no locks
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [work, key])


def retry_after_deadlock(run: Callable[[], Result]) -> Result:
    """Call the function in a transaction and retry after deadlocks. Raises OperationalError after MAX_ATTEMPTS."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return run()
        except OperationalError as error:
            if attempt == MAX_ATTEMPTS or getattr(error.__cause__, "sqlstate", "") not in RETRYABLE:
                raise
    raise AssertionError("unreachable")


def lock_products(products: QuerySet[Product]) -> list[int]:
    """Lock the products until the transaction ends and return their keys in order."""
    rows = Product.objects.filter(pk__in=products.order_by().values("pk")).order_by("pk")
    return list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def lock_products_of(variants: Iterable[int]) -> dict[int, int]:
    """Lock the products of these variants until the transaction ends; return product keys by variant key."""
    rows = Variant.objects.filter(pk__in=list(variants)).select_related("product").only("product__id")
    locked = rows.order_by("product_id", "pk").select_for_update(of=("product",), no_key=True)
    return {variant.pk: variant.product_id for variant in locked}
