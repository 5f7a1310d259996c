"""Headers that say what pages and files may do in a browser."""

from collections.abc import Callable
from wsgiref.headers import Headers

from django.http import HttpRequest, HttpResponse

WORKER = "/js/device.worker."  # with the hash of its content between this and .js in production
# Compiling WebAssembly is allowed to this worker alone; the pages' own policy stays without it. What holds the
# customer's photo may talk to this shop and to nobody else.
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

# The shop takes photos through the file chooser, which needs no permission, and pays on the provider's own page.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip


class PermissionsPolicyMiddleware:
    """Give every answer the list of what its page may not ask a browser for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


def add_worker_policy(headers: Headers, path: str, url: str) -> None:
    """Give the worker that looks at photos a content security policy of its own; a worker obeys no other."""
    if WORKER in url:
        headers["Content-Security-Policy"] = WORKER_POLICY
