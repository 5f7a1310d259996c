"""Limits of one visitor, by page and API together. That of photo searches: each costs the time of a network."""

import math

from django.http import HttpRequest
from rest_framework.throttling import ScopedRateThrottle

SCOPE = "photo"  # its rate is the setting THROTTLE_PHOTO


class _Page:
    """What the throttle of the API asks of a view."""

    def __init__(self, scope: str) -> None:
        self.throttle_scope = scope


def seconds_to_wait(request: HttpRequest, scope: str = SCOPE) -> int:
    """0 where the visitor may do so now, which counts; else the seconds to wait. `scope` names the setting's rate."""
    throttle = ScopedRateThrottle()
    if throttle.allow_request(request, _Page(scope)):  # type: ignore[arg-type]
        return 0
    return math.ceil(throttle.wait() or 60)
