"""The one order in which rows of the catalogue are locked: names, products by their keys, and then their variants.

A variant that is written may write its product, too (what the product repeats of it, by a trigger), and selling one
counts at the product. So whoever is about to write products or variants of several products locks the products first;
whoever holds a product is alone with its variants. Two may then wait for each other, but never both at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from catalog.models import Product, Variant

TURN = 0x5E3B_1A9C  # the key of the lock that those hold who make names
ATTEMPTS = 5
COLLISIONS = {"40P01", "40001"}  # a deadlock, and what cannot be put in any order
Answer = TypeVar("Answer")


def take_turns() -> None:
    """Wait for others who make or move names, and let them wait until this transaction ends.

    Names are the names of categories, attributes and values. Call it before anything is locked. Needs a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def repeat_after_deadlock(run: Callable[[], Answer]) -> Answer:
    """Run in a transaction, and again where it lost a deadlock. Raises OperationalError after ATTEMPTS."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return run()
        except OperationalError as error:
            if attempt == ATTEMPTS or getattr(error.__cause__, "sqlstate", "") not in COLLISIONS:
                raise
    raise AssertionError("unreachable")


def lock_products(products: QuerySet[Product]) -> list[int]:
    """Lock these products until the transaction ends, and return their keys in order. Needs a transaction."""
    chosen = Product.objects.filter(pk__in=products.order_by().values("pk")).order_by("pk")
    return list(chosen.select_for_update(no_key=True).values_list("pk", flat=True))


def lock_products_of(variants: Iterable[int]) -> dict[int, int]:
    """Lock the products of these variants; the products' keys by those of the variants. Needs a transaction."""
    wanted = Variant.objects.filter(pk__in=list(variants)).select_related("product").only("product__id")
    locked = wanted.order_by("product_id", "pk").select_for_update(of=("product",), no_key=True)
    return {variant.pk: variant.product_id for variant in locked}
