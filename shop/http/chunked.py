"""Bodies that come in chunks (`Transfer-Encoding: chunked`), as phones and some libraries send them.

WSGI knows a body by its length, and such a body has none: Django would read nothing of it and say that the photo is
missing. So it is read here, before Django sees the request, to the end of the last chunk or to the bound of all
uploads, and stays in memory. A server that leaves the chunks to its application, such as runserver, cannot read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from shop.http.body_limits import largest_body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PIECE = 64 * 1024
TROUBLE = "semblance.chunked"  # what the middleware finds in the request: one of the three below
NO_LENGTH, TOO_LARGE, DAMAGED = "no length", "too large", "damaged"


class ChunkedBodies:
    """The shop's WSGI application with every body of a known length."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environment: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Give the application the body as one piece, or none and the reason."""
        if "HTTP_TRANSFER_ENCODING" in environment and not environment.get("CONTENT_LENGTH"):
            body, trouble = _read(environment)
            environment |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)), TROUBLE: trouble}
        return self.application(environment, start_response)


def _read(environment: dict[str, Any]) -> tuple[bytes, str]:
    """The body, and what is wrong with it: then nothing is left of it."""
    if environment["HTTP_TRANSFER_ENCODING"].strip().lower() != "chunked" or not environment.get(
        "wsgi.input_terminated"
    ):
        return b"", NO_LENGTH
    most = largest_body(environment.get("CONTENT_TYPE", "").partition(";")[0].strip().lower())
    body = bytearray()
    try:
        while piece := environment["wsgi.input"].read(min(PIECE, most + 1 - len(body))):
            body += piece
            if len(body) > most:
                return b"", TOO_LARGE
    except OSError:  # chunks that are none, or a client that went away
        return b"", DAMAGED
    return bytes(body), ""
