"""One limit for photo searches of one visitor, by page and API together: each costs the time of a network."""

import math

from django.http import HttpRequest
from rest_framework.throttling import ScopedRateThrottle

SCOPE = "photo"  # its rate is the setting THROTTLE_PHOTO


class _Page:
    """What the throttle of the API asks of a view."""

    throttle_scope = SCOPE


def seconds_to_wait(request: HttpRequest) -> int:
    """0 where the visitor may search now, which counts as a search; else the seconds to wait."""
    throttle = ScopedRateThrottle()
    if throttle.allow_request(request, _Page()):  # type: ignore[arg-type]
        return 0
    return math.ceil(throttle.wait() or 60)
