"""One shape for every error of the API: a code for programs and a sentence for people."""

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def api_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """`{"code", "detail"}`, and `fields` where several inputs are wrong. None leaves the error to Django."""
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
        response.data = {"code": "not_found", "detail": "There is nothing at this address."}
    return response


def api_not_found(request: HttpRequest, path: str) -> JsonResponse:
    """The API's own 404, so that a client never gets a page of HTML."""
    return JsonResponse({"code": "not_found", "detail": f"There is no call at /api/v1/{path}"}, status=404)


def _first(detail: Any, codes: Any) -> tuple[str, str]:
    while isinstance(detail, (dict, list)):
        key: Any = next(iter(detail)) if isinstance(detail, dict) else 0
        detail, codes = detail[key], codes[key]
    return str(codes), str(detail)
