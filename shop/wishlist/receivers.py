"""Merge a guest's wishlist into the customer's at log-in."""

from contextlib import suppress
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from shop.accounts.models import Customer
from shop.wishlist.guest import take_from_guest
from shop.wishlist.services import WishlistFullError, add_products


@receiver(user_logged_in, dispatch_uid="wishlist.merge")
def merge_guests_wishlist(request: HttpRequest | None, user: Customer, **kwargs: Any) -> None:
    """Add what fits: a full wishlist must not prevent the log-in."""
    products = take_from_guest(request.session) if request is not None and hasattr(request, "session") else []
    if products:
        with suppress(WishlistFullError):
            add_products(user, products, timezone.now())
