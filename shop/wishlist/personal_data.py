"""The wishlist in a customer's data export and erasure."""

from datetime import datetime
from typing import Any

from shop.accounts.models import Customer
from shop.accounts.personal_data import register
from shop.wishlist.models import Wishlist, WishlistItem


def export(customer: Customer) -> list[dict[str, Any]]:
    items = WishlistItem.objects.filter(wishlist__customer=customer).select_related("product")
    return [
        {"product": item.product.slug, "title": item.product.title, "added_at": item.added_at.isoformat()}
        for item in items
    ]


def erase(customer: Customer, now: datetime) -> None:
    Wishlist.objects.filter(customer=customer).delete()


register("wishlist", export=export, erase=erase)
