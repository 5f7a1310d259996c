"""Rate limits per visitor, shared by pages and API and by all processes."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from shop.models import ApiKey

# Rate-limited pages, by URL name, and their rate in the setting DEFAULT_THROTTLE_RATES.
PAGES = {
    "visualsearch:photo": "photo",
    "visualsearch:why": "photo",
    "waitlist:wait": "waitlist",
    "catalog:missed": "missed",
    "pages:contact": "contact",
    "reviews:write": "review",
    "reviews:appeal": "review",
}
LOGIN_LIMIT_CODES = {"too_many_login_attempts", "rate_limited"}  # error codes of allauth
LOGIN_RETRY_SECONDS = 300  # allauth's window for failed log-ins
KEY_SECONDS = 60  # the window of an API key's rate
IPV6_PREFIX = 64  # bits; providers assign at least one such network per customer


class ScopedThrottle(ScopedRateThrottle):
    """Throttle API views that have a `throttle_scope`: customers by key, guests by IP address.

    A client with an API key has the rate of its key instead, over all views.
    """

    def allow_request(self, request: Request | HttpRequest, view: Any) -> bool:
        """Count the request, and return True if it is within the rate. One query, or two calls to another cache."""
        key = getattr(request, "auth", None)
        if isinstance(key, ApiKey):
            return not self._seconds_for(f"throttle:key:{key.pk}", key.rate, KEY_SECONDS)
        scope = getattr(view, self.scope_attr, None)
        return scope is None or not self.seconds_to_wait(request, scope)

    def seconds_to_wait(self, request: Any, scope: str) -> int:
        """Count the request, and return 0 if it is within the rate, else the seconds to wait."""
        self.scope, self.wait_seconds = scope, 0
        self.rate = self.get_rate()
        limit, seconds = self.parse_rate(self.rate)
        if limit is None or seconds is None:
            return 0
        return self._seconds_for(str(self.get_cache_key(request, None)), limit, seconds)

    def _seconds_for(self, key: str, limit: int, seconds: float) -> int:
        count, remaining = _hit(key, seconds)
        self.wait_seconds = 0 if count <= limit else max(1, math.ceil(remaining))
        return self.wait_seconds

    def wait(self) -> float:
        return self.wait_seconds

    def get_cache_key(self, request: Any, view: Any) -> str:
        user = getattr(request, "user", None)
        who = f"customer:{user.pk}" if user is not None and user.is_authenticated else self.get_ident(request)
        return f"throttle:{self.scope}:{who}"

    def get_ident(self, request: Any) -> str:
        """Return the visitor's IP address; for IPv6, the network that the provider assigned."""
        address = str(super().get_ident(request))
        try:
            network = ipaddress.IPv6Network(f"{address}/{IPV6_PREFIX}", strict=False)
        except ValueError:
            return address
        return str(network.network_address)


class ThrottleMiddleware:
    """Count requests to rate-limited pages. Their views read `request.seconds_to_wait` and return 429."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if seconds := getattr(request, "seconds_to_wait", 0):
            response.headers["Retry-After"] = str(seconds)
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        """Count the request, unless it only shows a form."""
        scope = PAGES.get(request.resolver_match.view_name)
        is_counted = request.method == "POST" or "sample" in request.GET or request.resolver_match.url_name == "why"
        if scope and is_counted:
            request.seconds_to_wait = ScopedThrottle().seconds_to_wait(request, scope)

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """Return 429 when allauth refuses a log-in after too many attempts; allauth itself returns 200."""
        if exceeds_login_limit((response.context_data or {}).get("form")):
            response.status_code = 429
            response.headers["Retry-After"] = str(LOGIN_RETRY_SECONDS)
        return response


def exceeds_login_limit(form: Any) -> bool:
    """Return True if allauth refused the form because of too many log-in attempts."""
    errors = form.errors.as_data() if isinstance(form, BaseForm) and form.is_bound else {}
    return any(error.code in LOGIN_LIMIT_CODES for each in errors.values() for error in each)


def _hit(key: str, seconds: float) -> tuple[int, float]:
    """Count a hit. Return the number of hits in the current window and the seconds until it ends."""
    if hasattr(cache, "hit"):
        counted: tuple[int, float] = cache.hit(key, seconds)
        return counted
    ends = cache.get_or_set(f"{key}:end", time.time() + seconds, seconds)
    cache.add(key, 0, seconds)
    try:
        count = cache.incr(key)
    except ValueError:  # expired between the two calls
        cache.set(key, count := 1, seconds)
    return count, float(ends or 0) - time.time()
