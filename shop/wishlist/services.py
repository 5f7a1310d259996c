"""Adding to a customer's wishlist, taking away from it, and sharing it by a link."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from catalog.models import Product
from shop.accounts.models import Customer
from shop.wishlist.models import Wishlist, WishlistItem

MOST = 200  # products on one list


class WishlistFullError(ValueError):
    """There are as many products as a list may have."""


def wished_ids(customer: Customer) -> list[int]:
    """Keys of the products on her list, the last added first."""
    return list(WishlistItem.objects.filter(wishlist__customer=customer).values_list("product_id", flat=True))


def wished_products(ids: Iterable[int], now: datetime) -> list[Product]:
    """The products that can still be seen, in the order of the keys, as cards and with their variants."""
    order = list(ids)
    shown = Product.objects.visible(now).filter(pk__in=order).for_cards().prefetch_related("variants")
    found = {product.pk: product for product in shown}
    return [found[pk] for pk in order if pk in found]


def add_products(customer: Customer, products: Iterable[int], now: datetime) -> int:
    """Put products on her list, the first one on top; how many there are then. Adding twice changes nothing.

    Raises WishlistFullError where there is no room for all of them; then as many as fit are there.
    """
    wanted = list(dict.fromkeys(products))
    with transaction.atomic():
        wishlist = _locked(customer)
        there = set(wishlist.items.values_list("product_id", flat=True))
        known = set(Product.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        new = [each for each in reversed(wanted) if each in known and each not in there]
        fitting = new[: MOST - len(there)]
        WishlistItem.objects.bulk_create(
            WishlistItem(wishlist=wishlist, product_id=each, added_at=now) for each in fitting
        )
    if len(fitting) < len(new):
        raise WishlistFullError
    return len(there) + len(fitting)


def remove_product(customer: Customer, product: int) -> None:
    """Take a product off her list. One that is not there is no error."""
    WishlistItem.objects.filter(wishlist__customer=customer, product=product).delete()


def share(customer: Customer) -> str:
    """The token of the link by which others may look at the list; the same until it is withdrawn."""
    with transaction.atomic():
        wishlist = _locked(customer)
        if wishlist.share_token is None:
            wishlist.share_token = secrets.token_urlsafe(24)
            wishlist.save(update_fields=["share_token"])
    return str(wishlist.share_token)


def withdraw(customer: Customer) -> None:
    """Make the list private again. The old link never works again: the next one is another."""
    Wishlist.objects.filter(customer=customer).update(share_token=None)


def share_token(customer: Customer) -> str | None:
    """The token of the link, where there is one."""
    return Wishlist.objects.filter(customer=customer).values_list("share_token", flat=True).first()


def _locked(customer: Customer) -> Wishlist:
    Wishlist.objects.get_or_create(customer=customer)
    return Wishlist.objects.select_for_update().get(customer=customer)
