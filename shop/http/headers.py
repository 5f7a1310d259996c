"""Security headers that Django and django-csp do not set."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

WORKER = "/js/device.worker."  # in production, followed by the hash of the file
# Only this worker may compile WebAssembly; pages may not. The worker holds the customer's photo, so it may connect to
# this shop only.
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

# Photos come through the file chooser, which needs no permission, and customers pay on the provider's page.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip


class PermissionsPolicyMiddleware:
    """Deny every response the browser features that the shop does not use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class WorkerPolicyMiddleware:
    """Give the worker that embeds photos its own content security policy, whatever serves it.

    "304 Not Modified" needs it as well: browsers replace the headers they know by those of that answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if WORKER in request.path:
            response.headers["Content-Security-Policy"] = WORKER_POLICY
        return response
