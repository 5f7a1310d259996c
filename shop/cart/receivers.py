"""What the cart does when somebody logs in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from shop.accounts.models import Customer
from shop.cart.services import merge_carts
from shop.cart.visitor import guest_token


@receiver(user_logged_in)
def take_along_the_cart(request: HttpRequest | None, user: Customer, **_: Any) -> None:
    """What the guest had gathered is the customer's now."""
    token = guest_token(request) if request is not None else ""
    if token:
        merge_carts(user, token, timezone.now())
