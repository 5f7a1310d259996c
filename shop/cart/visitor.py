"""The visitor's cart: the logged-in customer's, or a guest's, identified by a signed cookie."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from shop.accounts.models import Customer
from shop.cart.models import Cart

COOKIE, MAX_AGE = "cart", 60 * 60 * 24 * 60  # seconds


def customer_of(request: HttpRequest) -> Customer | None:
    """Return the logged-in customer, or None."""
    user = getattr(request, "user", None)
    return user if isinstance(user, Customer) else None  # works for Django's lazy user, too


def guest_token(request: HttpRequest) -> str:
    """Return the token in the guest's cookie, or "" if it is missing or forged."""
    return str(request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=MAX_AGE))


def current_cart(request: HttpRequest) -> Cart | None:
    """Return the visitor's open cart. Look it up once per request, and only if there may be one."""
    if not hasattr(request, "_cart"):
        customer, token = customer_of(request), guest_token(request)
        request._cart = None  # type: ignore[attr-defined]
        if customer or token:  # most visitors have no cart, and building a query takes 5% of the time of a page
            own = Cart.objects.open().of(customer, token)
            request._cart = own.with_item_count().first()  # type: ignore[attr-defined]
    return request._cart  # type: ignore[attr-defined, no-any-return]


def submitted_cart(request: HttpRequest) -> Cart | None:
    """Return the cart of the submitted page if it has been ordered meanwhile, else the visitor's open cart."""
    token = request.POST.get("cart", "")
    if token:
        own = Cart.objects.of(customer_of(request), guest_token(request)).filter(token=token)
        ordered = own.exclude(ordered_at=None).with_item_count().first()
        if ordered is not None:
            return ordered
    return current_cart(request)


def set_cart_cookie(response: HttpResponse, cart: Cart) -> None:
    """Set the cookie that identifies a guest's cart. A customer's cart needs none."""
    if cart.customer_id is None:
        response.set_signed_cookie(
            COOKIE, cart.token, salt=COOKIE, max_age=MAX_AGE, httponly=True, samesite="Lax", secure=settings.HTTPS
        )
