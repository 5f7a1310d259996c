"""Orders and their returns by API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from shop.cart.api import KEY, PurchaseView, refusal
from shop.cart.visitor import customer_of
from shop.fulfilment.remaining import returnable
from shop.fulfilment.returns import announce_return, return_until
from shop.fulfilment.serializers import (
    AnnounceReturnSerializer,
    OrderSerializer,
    ReturnSerializer,
    ReturnsSerializer,
)
from shop.models import ApiKey
from shop.orders.models import Order
from shop.orders.states import ActionRefused


class OrderListView(ListAPIView[Order]):
    """Return the orders of the logged-in customer, newest first."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)
    throttle_scope = "purchase"
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        customer = customer_of(self.request._request)
        return Order.objects.for_page().prefetch_related("payments").filter(customer=customer)


class OrderDetailView(RetrieveAPIView[Order]):
    """Return an order, identified by its secret."""

    serializer_class = OrderSerializer
    throttle_scope = "purchase"
    key_scope = ApiKey.Scope.ORDERS
    lookup_field = "secret"
    queryset = Order.objects.for_page().prefetch_related("payments")


class ReturnsView(PurchaseView):
    """Returns of one order, identified by its secret."""

    @extend_schema(responses=ReturnsSerializer)
    def get(self, request: Request, secret: str) -> Response:
        """Return the returns of an order. Includes the items that can still be returned, and the deadline."""
        order = get_object_or_404(Order, secret=secret)
        answer = {
            "until": return_until(order),
            "returnable": [{"line": line, "quantity": quantity} for line, quantity in returnable(order).items()],
            "results": order.returns.prefetch_related("lines"),
        }
        return Response(ReturnsSerializer(answer).data)

    @extend_schema(parameters=[KEY], request=AnnounceReturnSerializer, responses={201: ReturnSerializer})
    def post(self, request: Request, secret: str) -> Response:
        """Announce a return. Write its number on the parcel."""
        order = get_object_or_404(Order, secret=secret)
        serializer = AnnounceReturnSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        quantities = {line["order_line_id"]: line["quantity"] for line in fields["lines"]}

        def announce() -> tuple[int, Any]:
            reasons = {"reason": fields["reason"], "note": fields["note"]}
            try:
                announced = announce_return(order.pk, quantities, who=order.email, now=timezone.now(), **reasons)
            except ActionRefused as refused:
                raise refusal("return_refused", str(refused)) from refused
            return 201, ReturnSerializer(announced).data

        return self.once(request, announce)
