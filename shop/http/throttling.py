"""How often one visitor may do what costs something: by page and API together, counted once for all processes."""

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

# The pages that are limited, by the name of their address, and the setting's rate by which they are.
PAGES = {"visualsearch:photo": "photo", "visualsearch:why": "photo", "waitlist:wait": "waitlist"}
GUESSES = {"too_many_login_attempts", "rate_limited"}  # the codes of allauth's errors about guessing
SECONDS_AFTER_GUESSES = 300  # until allauth has forgotten the last one
IPV6_NETWORK = 64  # bits; one customer of a provider has so many addresses behind them


class ScopedThrottle(ScopedRateThrottle):
    """The throttle of every call of the API with a `throttle_scope`: a customer by their key, a guest by address."""

    def allow_request(self, request: Request | HttpRequest, view: Any) -> bool:
        """Count the call, and return whether it is within the rate. One query, or two calls of another cache."""
        scope = getattr(view, self.scope_attr, None)
        return scope is None or not self.seconds_to_wait(request, scope)

    def seconds_to_wait(self, request: Any, scope: str) -> int:
        """Count the visitor's call; 0 where it is within the rate of the scope, else the seconds until the next."""
        self.scope, self.wait_seconds = scope, 0
        self.rate = self.get_rate()
        most, seconds = self.parse_rate(self.rate)
        if most is None or seconds is None:
            return 0
        count, left = _hit(str(self.get_cache_key(request, None)), seconds)
        self.wait_seconds = 0 if count <= most else max(1, math.ceil(left))
        return self.wait_seconds

    def wait(self) -> float:
        return self.wait_seconds

    def get_cache_key(self, request: Any, view: Any) -> str:
        user = getattr(request, "user", None)
        who = f"customer:{user.pk}" if user is not None and user.is_authenticated else self.get_ident(request)
        return f"throttle:{self.scope}:{who}"

    def get_ident(self, request: Any) -> str:
        """The visitor's address, of which an IPv6 address counts as the network that a provider hands out."""
        address = str(super().get_ident(request))
        try:
            network = ipaddress.IPv6Network(f"{address}/{IPV6_NETWORK}", strict=False)
        except ValueError:
            return address
        return str(network.network_address)


class ThrottleMiddleware:
    """Count what is asked of the limited pages. A page reads `request.seconds_to_wait` and says so with 429."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if seconds := getattr(request, "seconds_to_wait", 0):
            response.headers["Retry-After"] = str(seconds)
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        """Look at the address before its view does. A form that is only shown is not counted."""
        scope = PAGES.get(request.resolver_match.view_name)
        is_asked = request.method == "POST" or "sample" in request.GET or request.resolver_match.url_name == "why"
        if scope and is_asked:
            request.seconds_to_wait = ScopedThrottle().seconds_to_wait(request, scope)

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """Answer a guess too many with 429 instead of the 200 of a form that has an error."""
        if has_guessed_too_often((response.context_data or {}).get("form")):
            response.status_code = 429
            response.headers["Retry-After"] = str(SECONDS_AFTER_GUESSES)
        return response


def has_guessed_too_often(form: Any) -> bool:
    """Return whether the form was refused because of too many guesses."""
    errors = form.errors.as_data() if isinstance(form, BaseForm) and form.is_bound else {}
    return any(error.code in GUESSES for found in errors.values() for error in found)


def _hit(key: str, seconds: float) -> tuple[int, float]:
    """How many there are under the key with this one, and seconds until counting begins anew."""
    if hasattr(cache, "hit"):
        counted: tuple[int, float] = cache.hit(key, seconds)
        return counted
    ends = cache.get_or_set(f"{key}:end", time.time() + seconds, seconds)
    cache.add(key, 0, seconds)
    try:
        count = cache.incr(key)
    except ValueError:  # its time was over between the two
        cache.set(key, count := 1, seconds)
    return count, float(ends or 0) - time.time()
