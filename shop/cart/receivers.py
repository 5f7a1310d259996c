"""Signal receivers for the cart: merge the guest's cart at log-in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from shop.accounts.models import Customer
from shop.cart.services import merge_carts
from shop.cart.visitor import guest_token


@receiver(user_logged_in)
def merge_guest_cart(request: HttpRequest | None, user: Customer, **_: Any) -> None:
    token = guest_token(request) if request is not None else ""
    if token:
        merge_carts(user, token, timezone.now())
