"""Middleware that runs before the rest of the shop: health checks and the admission of requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse

from shop.http import chunked, health
from shop.http.body_limits import max_body_size, max_staff_body_size
from shop.http.errors import NO_LENGTH, TOO_LARGE, bad_request, refuse
from shop.http.text import all_readable, fields_readable

GetResponse = Callable[[HttpRequest], HttpResponse]
HEALTH = {"/healthz": health.alive, "/readyz": health.ready}
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii"}
MAX_PATH_LENGTH = 4000  # characters; about what web servers accept
PHOTO = "photo"  # URL name of the photo search, which reports oversized photos itself
REVIEW = "reviews:write"  # the page of a review, which does so too
UNREADABLE_ERRORS = (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError)


class HealthMiddleware:
    """Answer health checks first: load balancers send them to an IP address, without HTTPS."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = HEALTH.get(request.path_info)
        return view(request) if view and request.method in ("GET", "HEAD") else self.get_response(request)


class AdmissionMiddleware:
    """Refuse requests with an unknown host, unreadable characters or a body above the sender's limit.

    Host, path, headers and body length are checked before all other middleware. Form fields are checked just before
    the view, when the session shows whether the sender is staff.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
            is_readable = _is_readable(request)
        except UNREADABLE_ERRORS:  # DisallowedHost too: anyone can cause it, so it is not logged
            return bad_request(request)
        if error := request.META.get(chunked.ERROR_KEY):
            return _refuse_chunks(request, error)
        length, limit = _length(request), max_body_size(request.content_type or "")
        if not is_readable or length < 0:
            return bad_request(request)
        if length > limit:
            if request.content_type != FORMS[0] or length > max_staff_body_size():
                return _refuse_large(request)
            request.is_for_staff_only = True  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Check the form of a page before the view reads it. The API's parsers check their own bodies."""
        if getattr(request, "is_for_staff_only", False) and not _may_be_large(request):
            return _refuse_large(request)
        if getattr(view, "csrf_exempt", False) or request.content_type not in FORMS or request.method != "POST":
            return None
        try:
            return None if _form_is_readable(request) else bad_request(request)
        except RequestDataTooBig:
            return _refuse_large(request)
        except UNREADABLE_ERRORS:
            return bad_request(request)


def admitted(request: HttpRequest) -> HttpResponse:
    """Return 204 if the sender may send a body of X-Body-Length bytes, else 403.

    nginx asks with `auth_request` before it reads the body; see `deploy/nginx.conf`.
    """
    length = _parsed_length(request.headers.get("X-Body-Length"))
    is_small = 0 <= length <= max_body_size(FORMS[0])
    return HttpResponse(status=204 if is_small or _is_staff(request) else 403)


def _length(request: HttpRequest) -> int:
    return _parsed_length(request.META.get("CONTENT_LENGTH"))


def _parsed_length(header: str | None) -> int:
    """Return the number of bytes, or -1 if the header is malformed."""
    text = header or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1


def _is_readable(request: HttpRequest) -> bool:
    """Check that path, query, headers and cookies are readable, the path is not too long, and the body is UTF-8."""
    headers = [str(value) for name, value in request.META.items() if name.startswith("HTTP_")]
    cookies = [text for pair in request.COOKIES.items() for text in pair]
    charset = str((request.content_params or {}).get("charset", "utf-8")).lower()
    return (
        len(request.path_info) <= MAX_PATH_LENGTH
        and charset in CHARSETS
        and all_readable([request.path_info, *headers, *cookies])
        and fields_readable(request.GET)
    )


def _form_is_readable(request: HttpRequest) -> bool:
    names = [str(file.name) for _, files in request.FILES.lists() for file in files]
    return fields_readable(request.POST) and all_readable([*request.FILES, *names])


def _is_staff(request: Any) -> bool:
    return bool(request.user.is_active and request.user.is_staff)


def _may_be_large(request: Any) -> bool:
    """Allow large bodies for staff in the admin, and for pages that read only the first bytes and explain the rest."""
    if request.path_info.startswith(reverse("admin:index")):
        request.is_upload_of_staff = _is_staff(request)
        return bool(request.is_upload_of_staff)
    if request.resolver_match.url_name != PHOTO and request.resolver_match.view_name != REVIEW:
        return False
    request._stream = LimitedStream(request.environ["wsgi.input"], max_body_size(FORMS[0]))
    return True


def _refuse_chunks(request: HttpRequest, error: str) -> HttpResponse:
    if error == chunked.TOO_LARGE:
        return _refuse_large(request)
    if error == chunked.NO_LENGTH:
        return refuse(request, 411, "length_required", NO_LENGTH)
    return bad_request(request)


def _refuse_large(request: HttpRequest) -> HttpResponse:
    code = "image_too_large" if request.content_type == FORMS[0] else "body_too_large"
    return refuse(request, 413, code, TOO_LARGE)
