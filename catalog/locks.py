"""The one order in which rows of the catalogue are locked: products by their keys, and only then their variants.

A variant that is written may write its product, too (what the product repeats of it, by a trigger), and selling one
counts at the product. So whoever is about to write products or variants of several products locks the products first;
whoever holds a product is alone with its variants. Two may then wait for each other, but never both at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from catalog.models import Product, Variant


def lock_products(products: QuerySet[Product]) -> list[int]:
    """Lock these products until the transaction ends, and return their keys in order. Needs a transaction."""
    chosen = Product.objects.filter(pk__in=products.order_by().values("pk")).order_by("pk")
    return list(chosen.select_for_update(no_key=True).values_list("pk", flat=True))


def lock_products_of(variants: Iterable[int]) -> dict[int, int]:
    """Lock the products of these variants; the products' keys by those of the variants. Needs a transaction."""
    wanted = Variant.objects.filter(pk__in=list(variants)).select_related("product").only("product__id")
    locked = wanted.order_by("product_id", "pk").select_for_update(of=("product",), no_key=True)
    return {variant.pk: variant.product_id for variant in locked}
