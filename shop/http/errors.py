"""Error responses: pages for the site, JSON with a code and a sentence for the API."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from shop.storefront.current import shop_settings

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

API = "/api/"
UNREADABLE = _("The request contains something that cannot be read. Check the address and your input, then try again.")
NO_LENGTH = _("The request has no Content-Length header. Add it and try again.")
TOO_LARGE = _("The request is larger than this shop accepts. Make it smaller and try again.")


def api_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return `{"code", "detail"}`, with `fields` for invalid input. None leaves the error to Django."""
    if isinstance(error, RequestDataTooBig):
        return Response({"code": "body_too_large", "detail": str(TOO_LARGE)}, status=413)
    if isinstance(error, (SuspiciousOperation, BadRequest, UnreadablePostError)):
        return Response({"code": "bad_request", "detail": str(UNREADABLE)}, status=400)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        code, detail = _first(error.detail, error.get_codes())
        response.data = {"code": code, "detail": detail}
        if isinstance(error.detail, dict):
            response.data["fields"] = error.detail
    elif isinstance(error, exceptions.APIException):
        response.data = {"code": error.get_codes(), "detail": str(error.detail)}
    elif isinstance(error, Http404):
        response.data = {"code": "not_found", "detail": "Not found."}
    return response


@csrf_exempt  # or writes would get the site's page about the CSRF token
def api_not_found(request: HttpRequest, path: str) -> JsonResponse:
    """Return JSON for unknown API paths, which would otherwise get the site's 404 page."""
    return JsonResponse({"code": "not_found", "detail": f"There is no endpoint at /api/v1/{path}"}, status=404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return 400. Django's handler400."""
    return refuse(request, 400, "bad_request", UNREADABLE)


def too_many_requests(request: HttpRequest, seconds: int = 300) -> HttpResponse:
    """Return 429 with the time to wait. allauth looks it up as handler429."""
    headers = {"Retry-After": str(seconds)}
    if request.path_info.startswith(API):
        detail = _("Too many requests. Try again in %(seconds)d seconds.") % {"seconds": seconds}
        return JsonResponse({"code": "throttled", "detail": detail}, status=429, headers=headers)
    context = {"minutes": -(-seconds // 60)}
    return HttpResponse(render_to_string("429.html", context, request), status=429, headers=headers)


def refuse(request: HttpRequest, status: int, code: str, detail: "str | StrPromise") -> HttpResponse:
    """Return an error before the language, session and host middleware has run.

    Anyone can cause these errors, so they are not logged.
    """
    response: HttpResponse
    with override(get_language_from_request(request)):
        if request.path_info.startswith(API):
            response = JsonResponse({"code": code, "detail": str(detail)}, status=status)
        else:
            page = render_to_string("400.html", {"detail": detail, "shop_name": shop_settings().name})
            response = HttpResponse(page, status=status)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _first(detail: Any, codes: Any) -> tuple[str, str]:
    """Return code and message of the first of nested validation errors."""
    while isinstance(detail, (dict, list)):
        key: Any = next(iter(detail)) if isinstance(detail, dict) else 0
        detail, codes = detail[key], codes[key]
    return str(codes), str(detail)
