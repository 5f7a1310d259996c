"""ETags of the API's catalogue: a client that has an answer already gets 304 instead of the same answer again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

# Calls by URL name. Carts, orders and wishlists change with every call and belong to one customer.
CALLS = {
    f"api:{name}"
    for name in (
        "product-list", "product-detail", "category-list", "category-detail", "search", "suggest", "pictured",
        "similar", "goes-with", "substitutes", "reviews", "recommendations", "verdicts", "verdict",
    )
}  # fmt: skip
# Clients may store answers but must ask before they use one again. Shared caches must not store any: a key may be
# revoked, and its calls are counted.
CACHE_CONTROL = "private, no-cache"
VARY = ("Accept", "Accept-Language", "Authorization", "Cookie")


class ConditionalMiddleware:
    """Give answers of the catalogue an ETag, and return 304 if the client names it in If-None-Match.

    Django's ConditionalGetMiddleware would hash every page and call, and gives strong ETags, which do not survive the
    compression of a web server.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or match.view_name not in CALLS or request.method not in ("GET", "HEAD"):
            return response
        response.headers.setdefault("Cache-Control", CACHE_CONTROL)
        patch_vary_headers(response, VARY)
        if response.status_code != 200:
            return response
        etag = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'  # type: ignore[attr-defined]
        response.headers["ETag"] = etag
        answer: HttpResponseBase = get_conditional_response(request, etag=etag, response=response)  # type: ignore[arg-type, assignment]
        return answer
