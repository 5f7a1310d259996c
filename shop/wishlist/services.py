"""Changing a customer's wishlist and sharing it by link."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from catalog.models import Product
from shop.accounts.models import Customer
from shop.wishlist.models import Wishlist, WishlistItem

MAX_ITEMS = 200


class WishlistFullError(ValueError):
    """The wishlist has the maximum number of products."""


def wished_ids(customer: Customer) -> list[int]:
    """Return the keys of the products on the list, newest first."""
    return list(WishlistItem.objects.filter(wishlist__customer=customer).values_list("product_id", flat=True))


def wished_products(ids: Iterable[int], now: datetime) -> list[Product]:
    """Return the visible products in the order of the keys, ready for product cards."""
    order = list(ids)
    shown = Product.objects.visible(now).filter(pk__in=order).for_cards().prefetch_related("variants")
    found = {product.pk: product for product in shown}
    return [found[pk] for pk in order if pk in found]


def add_products(customer: Customer, products: Iterable[int], now: datetime) -> int:
    """Add products to the list, the first one on top, and return the new number of items. Idempotent.

    Raises WishlistFullError if not all of them fit, after adding those that do.
    """
    product_ids = list(dict.fromkeys(products))
    with transaction.atomic():
        wishlist = _locked(customer)
        there = set(wishlist.items.values_list("product_id", flat=True))
        known = set(Product.objects.filter(pk__in=product_ids).values_list("pk", flat=True))
        new = [each for each in reversed(product_ids) if each in known and each not in there]
        fitting = new[: MAX_ITEMS - len(there)]
        WishlistItem.objects.bulk_create(
            WishlistItem(wishlist=wishlist, product_id=each, added_at=now) for each in fitting
        )
    if len(fitting) < len(new):
        raise WishlistFullError
    return len(there) + len(fitting)


def remove_product(customer: Customer, product: int) -> None:
    """Remove a product from the list, if it is there."""
    WishlistItem.objects.filter(wishlist__customer=customer, product=product).delete()


def share(customer: Customer) -> str:
    """Return the token of the public link, creating it if there is none."""
    with transaction.atomic():
        wishlist = _locked(customer)
        if wishlist.share_token is None:
            wishlist.share_token = secrets.token_urlsafe(24)
            wishlist.save(update_fields=["share_token"])
    return str(wishlist.share_token)


def stop_sharing(customer: Customer) -> None:
    """Make the list private again. The link stops working for good."""
    Wishlist.objects.filter(customer=customer).update(share_token=None)


def share_token(customer: Customer) -> str | None:
    """Return the token of the public link, if the list is shared."""
    return Wishlist.objects.filter(customer=customer).values_list("share_token", flat=True).first()


def _locked(customer: Customer) -> Wishlist:
    Wishlist.objects.get_or_create(customer=customer)
    return Wishlist.objects.select_for_update().get(customer=customer)
