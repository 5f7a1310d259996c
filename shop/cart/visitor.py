"""Whose cart a request is about: the customer's who is logged in, or the guest's who has the signed cookie."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from shop.accounts.models import Customer
from shop.cart.models import Cart
from shop.cart.services import find_cart

COOKIE, AGE = "cart", 60 * 60 * 24 * 60


def customer_of(request: HttpRequest) -> Customer | None:
    """Who is logged in, if anybody is."""
    user = getattr(request, "user", None)
    return user if isinstance(user, Customer) else None  # a lazy user says that it is one


def guest_token(request: HttpRequest) -> str:
    """The token of the guest's cart; empty where there is none, or where somebody has changed the cookie."""
    return str(request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=AGE))


def current_cart(request: HttpRequest) -> Cart | None:
    """The visitor's open cart; asked for once a request, and not at all where there can be none."""
    if not hasattr(request, "_cart"):
        customer, token = customer_of(request), guest_token(request)
        request._cart = find_cart(customer, token) if customer or token else None  # type: ignore[attr-defined]
    return request._cart  # type: ignore[attr-defined, no-any-return]


def keep_cart(response: HttpResponse, cart: Cart) -> None:
    """Let the guest's browser remember the cart. A customer's needs no cookie."""
    if cart.customer_id is None:
        response.set_signed_cookie(
            COOKIE, cart.token, salt=COOKIE, max_age=AGE, httponly=True, samesite="Lax", secure=settings.HTTPS
        )
