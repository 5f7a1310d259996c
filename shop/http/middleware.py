"""What every request passes before anything else of the shop reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse

from shop.http import chunked, health
from shop.http.body_limits import largest_body, largest_body_of_staff
from shop.http.errors import NO_LENGTH, TOO_LARGE, bad_request, refuse
from shop.http.text import all_readable, fields_readable

GetResponse = Callable[[HttpRequest], HttpResponse]
HEALTH = {"/healthz": health.alive, "/readyz": health.ready}
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii"}
LONGEST_ADDRESS = 4000  # characters of the path; web servers take about as many
PHOTO = "photo"  # names the addresses, page and API, that say by themselves that a photo is too large
UNREADABLE = (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError)


class HealthMiddleware:
    """Answer load balancers first: they ask by address, by any host name, and know no HTTPS."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = HEALTH.get(request.path_info)
        return view(request) if view and request.method in ("GET", "HEAD") else self.get_response(request)


class AdmissionMiddleware:
    """Refuse what nobody can mean: a foreign host, unreadable characters, a body larger than its sender may send.

    Host, address, headers and the length of the body are looked at before any other middleware; the fields of a form
    just before the first view or middleware that reads them, when it is known whether staff sent them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
            is_readable = _is_readable(request)
        except UNREADABLE:  # includes DisallowedHost, which anybody can cause: not logged
            return bad_request(request)
        if trouble := request.META.get(chunked.TROUBLE):
            return _refuse_chunks(request, trouble)
        length, most = _length(request), largest_body(request.content_type or "")
        if not is_readable or length < 0:
            return bad_request(request)
        if length > most:
            if request.content_type != FORMS[0] or length > largest_body_of_staff():
                return _refuse_large(request)
            request.is_too_large_for_all = True  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse the form of a page before the view reads it; the API's parsers look at their own bodies."""
        if getattr(request, "is_too_large_for_all", False) and not _may_be_large(request):
            return _refuse_large(request)
        if getattr(view, "csrf_exempt", False) or request.content_type not in FORMS or request.method != "POST":
            return None
        try:
            return None if _form_is_readable(request) else bad_request(request)
        except RequestDataTooBig:
            return _refuse_large(request)
        except UNREADABLE:
            return bad_request(request)


def admitted(request: HttpRequest) -> HttpResponse:
    """Answer a web server in front that asks, before it reads a body, whether the sender may send so much: 204 or 403.

    See `deploy/nginx.conf`. The length is that of the body; this request itself has none.
    """
    said = request.headers.get("X-Body-Length") or "0"
    is_small = said.isascii() and said.isdigit() and len(said) < 20 and int(said) <= largest_body(FORMS[0])
    return HttpResponse(status=204 if is_small or _is_staff(request) else 403)


def _length(request: HttpRequest) -> int:
    """The length of the body as the client says it, below 0 where that is no length."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isascii() and said.isdigit() and len(said) < 20 else -1


def _is_readable(request: HttpRequest) -> bool:
    """Return whether address, query, headers and cookies are text of a sane length, and the body is to be UTF-8."""
    headers = [str(value) for name, value in request.META.items() if name.startswith("HTTP_")]
    cookies = [text for pair in request.COOKIES.items() for text in pair]
    charset = str((request.content_params or {}).get("charset", "utf-8")).lower()
    return (
        len(request.path_info) <= LONGEST_ADDRESS
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
    """Whether the sender may send more than anybody: staff their pictures. Of too large a photo the start is read."""
    if request.path_info.startswith(reverse("admin:index")):
        request.is_upload_of_staff = _is_staff(request)
        return bool(request.is_upload_of_staff)
    if request.resolver_match.url_name != PHOTO:
        return False
    request._stream = LimitedStream(request.environ["wsgi.input"], largest_body(FORMS[0]))
    return True


def _refuse_chunks(request: HttpRequest, trouble: str) -> HttpResponse:
    if trouble == chunked.TOO_LARGE:
        return _refuse_large(request)
    if trouble == chunked.NO_LENGTH:
        return refuse(request, 411, "length_required", NO_LENGTH)
    return bad_request(request)


def _refuse_large(request: HttpRequest) -> HttpResponse:
    code = "image_too_large" if request.content_type == FORMS[0] else "body_too_large"
    return refuse(request, 413, code, TOO_LARGE)
