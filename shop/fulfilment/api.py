"""Orders by API, and their returns: what can come back, what does, and announcing more."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from shop.cart.api import KEY, PurchaseView, refusal
from shop.cart.visitor import customer_of
from shop.fulfilment.returns import announce_return, return_until, returnable
from shop.fulfilment.serializers import (
    AnnounceReturnSerializer,
    OrderSerializer,
    ReturnSerializer,
    ReturnsSerializer,
)
from shop.orders.models import Order
from shop.orders.returns import ReturnRefused


class OrderListView(ListAPIView[Order]):
    """The orders of the customer who is logged in."""

    serializer_class = OrderSerializer
    throttle_scope = "purchase"
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        customer = customer_of(self.request._request)
        if customer is None:
            raise NotAuthenticated
        return Order.objects.for_page().prefetch_related("payments").filter(customer=customer)


class OrderDetailView(RetrieveAPIView[Order]):
    """One order, by its secret."""

    serializer_class = OrderSerializer
    throttle_scope = "purchase"
    lookup_field = "secret"
    queryset = Order.objects.for_page().prefetch_related("payments")


class ReturnsView(PurchaseView):
    """Returns of one order, which its secret names."""

    @extend_schema(responses=ReturnsSerializer)
    def get(self, request: Request, secret: str) -> Response:
        """What can still come back, and until when; and what was announced."""
        order = get_object_or_404(Order, secret=secret)
        left = returnable(order)
        known = order.returns.prefetch_related("lines")
        said = {
            "until": return_until(order),
            "returnable": [{"line": line, "quantity": pieces} for line, pieces in left.items()],
            "results": known,
        }
        return Response(ReturnsSerializer(said).data)

    @extend_schema(parameters=[KEY], request=AnnounceReturnSerializer, responses={201: ReturnSerializer})
    def post(self, request: Request, secret: str) -> Response:
        """Announce what comes back. The answer's number belongs on the parcel."""
        order = get_object_or_404(Order, secret=secret)
        asked = AnnounceReturnSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data

        def work() -> tuple[int, Any]:
            why = {"reason": said["reason"], "note": said["note"]}
            try:
                made = announce_return(order.pk, said["pieces"], who=order.email, now=timezone.now(), **why)
            except ReturnRefused as refused:
                raise refusal("return_refused", str(refused)) from refused
            return 201, ReturnSerializer(made).data

        return self.once(request, work)
