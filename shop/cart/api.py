"""What the calls of a purchase share: a guest's cart is named by the header Cart-Token, and writes may be repeated."""

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
from shop.cart.services import find_cart
from shop.cart.visitor import customer_of
from shop.http.idempotency import MAX_KEY_LENGTH, KeyInUseError, KeyReusedError, answer_once, fingerprint_of

TOKEN = OpenApiParameter("Cart-Token", str, OpenApiParameter.HEADER, description="Names a guest's cart.")
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="Names this write: the same key gets the same answer again, and nothing is done twice.",
)  # fmt: skip
WRITE = [TOKEN, KEY]


class Refusal(APIException):
    """A purchase that cannot be as it is asked for."""

    status_code: int = status.HTTP_409_CONFLICT


class PurchaseView(APIView):
    """What every call about a cart needs: whose it is, and answers that can be asked for again."""

    throttle_scope = "purchase"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        _ = request._request.body  # read before it is parsed: an Idempotency-Key stands for these bytes
        super().initial(request, *args, **kwargs)

    def cart(self, request: Request) -> Cart | None:
        return find_cart(customer_of(request._request), request.headers.get("Cart-Token", ""))

    def once(self, request: Request, work: Callable[[], tuple[int, Any]], *, together: bool = True) -> Response:
        """The answer to the write; with an Idempotency-Key, the one that its first call got."""
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            code, answer = work()
            return Response(answer, status=code)
        if len(key) > MAX_KEY_LENGTH:
            raise ValidationError("An Idempotency-Key has at most 120 letters.", code="idempotency_key_too_long")
        body = request._request.body
        mark = fingerprint_of((request.method or "").encode(), request.path.encode(), body)
        try:
            code, answer = answer_once(_scope(request), key, mark, timezone.now(), work, together=together)
        except KeyReusedError as error:
            message = "This Idempotency-Key has named another call. Take a new one."
            raise refusal("idempotency_key_reused", message, 422) from error
        except KeyInUseError as error:
            message = "The first call under this Idempotency-Key is still at work. Ask again in a moment."
            raise refusal("idempotency_key_in_use", message) from error
        return Response(answer, status=code)


def refusal(code: str, message: str, status_code: int = 409) -> Refusal:
    """The error for a program (`code`) and for people."""
    error = Refusal(message, code=code)
    error.status_code = status_code
    return error


def _scope(request: Request) -> str:
    customer = customer_of(request._request)
    token = request.headers.get("Cart-Token", "")
    if customer:
        return f"customer:{customer.pk}"
    return f"cart:{token[:60]}" if token else f"ip:{BaseThrottle().get_ident(request)}"
