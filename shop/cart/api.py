"""Base of the purchase API: the Cart-Token header identifies a guest's cart, and writes can be repeated safely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from shop.cart.models import Cart
from shop.cart.visitor import customer_of
from shop.http.idempotency import MAX_KEY_LENGTH, KeyInUseError, KeyReusedError, answer_once, fingerprint_of
from shop.models import ApiKey

TOKEN = OpenApiParameter("Cart-Token", str, OpenApiParameter.HEADER, description="The token of a guest's cart.")
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="Makes the write safe to repeat: the same key returns the first answer, and nothing is done twice.",
)  # fmt: skip
WRITE = [TOKEN, KEY]


class Refusal(APIException):
    """The request conflicts with the state of the cart or order."""

    status_code: int = status.HTTP_409_CONFLICT


class PurchaseView(APIView):
    """A view that finds the cart and answers repeated writes."""

    throttle_scope = "purchase"
    key_scope = ApiKey.Scope.ORDERS

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        _ = request._request.body  # read before parsing, since `once` fingerprints it
        super().initial(request, *args, **kwargs)

    def cart(self, request: Request) -> Cart | None:
        token = request.headers.get("Cart-Token", "")
        return Cart.objects.open().of(customer_of(request._request), token).first()

    def once(self, request: Request, work: Callable[[], tuple[int, Any]], *, together: bool = True) -> Response:
        """Run `work` and return its response; for a repeated Idempotency-Key, return the first response."""
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            code, answer = work()
            return Response(answer, status=code)
        if len(key) > MAX_KEY_LENGTH:
            raise ValidationError(
                f"An Idempotency-Key has at most {MAX_KEY_LENGTH} characters.", code="idempotency_key_too_long"
            )
        body = request._request.body
        mark = fingerprint_of((request.method or "").encode(), request.path.encode(), body)
        try:
            code, answer = answer_once(_scope(request), key, mark, timezone.now(), work, together=together)
        except KeyReusedError as error:
            message = "This Idempotency-Key was used for another request. Use a new one."
            raise refusal("idempotency_key_reused", message, 422) from error
        except KeyInUseError as error:
            message = "The first request with this Idempotency-Key is still running. Try again in a moment."
            raise refusal("idempotency_key_in_use", message) from error
        return Response(answer, status=code)


def refusal(code: str, message: str, status_code: int = 409) -> Refusal:
    """Return an error with a code for programs and a message for people."""
    error = Refusal(message, code=code)
    error.status_code = status_code
    return error


def _scope(request: Request) -> str:
    customer = customer_of(request._request)
    token = request.headers.get("Cart-Token", "")
    if customer:
        return f"customer:{customer.pk}"
    if token:
        return f"cart:{token[:60]}"
    return f"key:{request.auth.pk}" if isinstance(request.auth, ApiKey) else f"ip:{BaseThrottle().get_ident(request)}"
