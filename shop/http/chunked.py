"""Request bodies in chunks (`Transfer-Encoding: chunked`), as phones and some HTTP libraries send them.

Django reads no more than Content-Length, so it would find an empty body. This WSGI wrapper reads the chunks into
memory first, up to the size limit of uploads. It answers 411 under servers that do not decode chunks, such as
runserver.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from shop.http.body_limits import max_body_size

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

READ_SIZE = 64 * 1024
ERROR_KEY = "semblance.chunked"  # in the WSGI environment: one of the errors below, or ""
NO_LENGTH, TOO_LARGE, DAMAGED = "no length", "too large", "damaged"


class ChunkedBodies:
    """A WSGI wrapper that gives chunked bodies a length."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environment: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environment and not environment.get("CONTENT_LENGTH"):
            body, error = _read(environment)
            environment |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)), ERROR_KEY: error}
        return self.application(environment, start_response)


def _read(environment: dict[str, Any]) -> tuple[bytes, str]:
    """Return the body and an error; with an error, the body is empty."""
    encoding = environment["HTTP_TRANSFER_ENCODING"].strip().lower()
    if encoding != "chunked" or not environment.get("wsgi.input_terminated"):
        return b"", NO_LENGTH
    limit = max_body_size(environment.get("CONTENT_TYPE", "").partition(";")[0].strip().lower())
    body = bytearray()
    try:
        while data := environment["wsgi.input"].read(min(READ_SIZE, limit + 1 - len(body))):
            body += data
            if len(body) > limit:
                return b"", TOO_LARGE
    except OSError:  # malformed chunks, or the client disconnected
        return b"", DAMAGED
    return bytes(body), ""
