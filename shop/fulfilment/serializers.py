"""Serializers of orders and returns."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.serializers import PriceField as AmountField
from shop.cart.models import LARGEST_QUANTITY
from shop.orders.models import Order, Return
from shop.orders.taxes import TaxSum
from shop.payments.models import Payment

LARGEST_KEY = 2**63 - 1


class TaxSerializer(serializers.Serializer[TaxSum]):
    """Everything taxed at one rate: the net amount and the tax."""

    percent = serializers.SerializerMethodField()
    net = AmountField(source="net_amount")
    tax = AmountField(source="tax_amount")

    def get_percent(self, tax: TaxSum) -> str:
        return format(tax.percent.normalize(), "f")


class OrderLineSerializer(serializers.Serializer[Any]):
    """An order line, as it was ordered."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    options = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    price = AmountField(source="unit_amount")
    discount = AmountField(source="discount_amount")
    tax = AmountField(source="tax_amount")
    total = AmountField(source="total_amount")


class ShipmentSerializer(serializers.Serializer[Any]):
    """A parcel."""

    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    tracking_url = serializers.CharField()
    shipped_at = serializers.DateTimeField()


class ReturnLineSerializer(serializers.Serializer[Any]):
    """A quantity of an order line."""

    line = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, source="order_line_id")
    quantity = serializers.IntegerField(min_value=1, max_value=LARGEST_QUANTITY)


class AnnounceReturnSerializer(serializers.Serializer[Any]):
    """The items to return, each order line once, and why."""

    lines = ReturnLineSerializer(many=True, allow_empty=False)
    reason = serializers.ChoiceField(choices=Return.Reason.choices)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({line["order_line_id"] for line in lines}) < len(lines):
            raise serializers.ValidationError("Name each order line once.")
        return lines


class ReturnSerializer(serializers.Serializer[Any]):
    """A return. Write its number on the parcel."""

    number = serializers.CharField()
    state = serializers.CharField()
    reason = serializers.CharField()
    announced_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    lines = ReturnLineSerializer(many=True)


class ReturnableSerializer(serializers.Serializer[Any]):
    """The quantity of an order line that can still be returned."""

    line = serializers.IntegerField()
    quantity = serializers.IntegerField()


class ReturnsSerializer(serializers.Serializer[Any]):
    """The items that can be returned, the deadline (null before the first parcel), and the returns so far."""

    until = serializers.DateTimeField(allow_null=True)
    returnable = ReturnableSerializer(many=True)
    results = ReturnSerializer(many=True)


class OrderSerializer(serializers.Serializer[Order]):
    """An order. Its URL is `orders/{secret}/`; at `next_url`, the customer continues to pay."""

    number = serializers.CharField()
    secret = serializers.CharField()
    url = serializers.SerializerMethodField()
    state = serializers.CharField()
    placed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    email = serializers.CharField()
    lines = OrderLineSerializer(many=True)
    shipments = ShipmentSerializer(many=True)
    goods = AmountField(source="goods_amount")
    discount = AmountField(source="discount_amount")
    shipping = AmountField(source="shipping_amount")
    tax = AmountField(source="tax_amount")
    is_tax_included = serializers.BooleanField()
    taxes = TaxSerializer(many=True)
    total = AmountField(source="total_amount")
    currency = serializers.CharField()
    next_url = serializers.SerializerMethodField()

    def get_url(self, order: Order) -> str:
        path, request = order.get_absolute_url(), self.context.get("request")
        return str(request.build_absolute_uri(path)) if request else path

    def get_next_url(self, order: Order) -> str:
        started = (payment for payment in order.payments.all() if payment.status == Payment.Status.STARTED)
        return next((payment.next_url for payment in started), "")
