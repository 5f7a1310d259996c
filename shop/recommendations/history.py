"""The products that a visitor viewed: a signed cookie in their browser. Nothing in the shop stores or logs them.

The session would be the wrong place. Shelves load after their page, so they would save the session while the visitor
adds to their wishlist, and the slower of the two would undo the other.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from visualsearch.recommendations import MAX_VIEWED

COOKIE = "viewed"


def viewed_ids(request: HttpRequest) -> list[int]:
    """Return the keys of the viewed products, latest first."""
    if not settings.RECOMMENDATIONS or COOKIE not in request.COOKIES:
        return []
    value = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=settings.SESSION_COOKIE_AGE)
    customer, _, keys = str(value).partition(":")
    if customer not in ("", _customer(request)):  # of someone who has logged out
        return []
    return [int(key) for key in keys.split(".") if key]


def remember(request: HttpRequest, response: HttpResponse, product: int) -> None:
    """Put the product first, unless the shop remembers nothing."""
    if settings.RECOMMENDATIONS:
        ids = [product, *(each for each in viewed_ids(request) if each != product)][:MAX_VIEWED]
        value = f"{_customer(request)}:{'.'.join(map(str, ids))}"
        response.set_signed_cookie(
            COOKIE, value, salt=COOKIE, max_age=settings.SESSION_COOKIE_AGE,
            httponly=True, samesite="Lax", secure=settings.HTTPS,
        )  # fmt: skip


def forget(response: HttpResponse) -> None:
    """Delete the history."""
    response.delete_cookie(COOKIE, samesite="Lax")


def _customer(request: HttpRequest) -> str:
    """Return the key of the logged-in customer. Only when they are logged in is their history shown."""
    return str(request.user.pk or "")
