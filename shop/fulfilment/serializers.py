"""Orders and returns as the API takes and gives them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from catalog.serializers import PriceField as AmountField
from shop.cart.models import LARGEST_QUANTITY
from shop.orders.models import Order, Return
from shop.orders.taxes import TaxSum

LARGEST_KEY = 2**63 - 1


class TaxSerializer(serializers.Serializer[TaxSum]):
    """All that is taxed at one rate: what it costs without tax, and the tax."""

    percent = serializers.SerializerMethodField()
    net = AmountField(source="net_amount")
    tax = AmountField(source="tax_amount")

    def get_percent(self, tax: TaxSum) -> str:
        return format(tax.percent.normalize(), "f")


class OrderLineSerializer(serializers.Serializer[Any]):
    """A line of an order, as it was agreed."""

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


class ReturnPiecesSerializer(serializers.Serializer[Any]):
    """So many pieces of a line of the order."""

    line = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY, source="order_line_id")
    quantity = serializers.IntegerField(min_value=1, max_value=LARGEST_QUANTITY)


class AnnounceReturnSerializer(serializers.Serializer[Any]):
    """What comes back, each line of the order once, and why."""

    lines = ReturnPiecesSerializer(many=True, allow_empty=False)
    reason = serializers.ChoiceField(choices=Return.Reason.choices)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        pieces = {each["order_line_id"]: each["quantity"] for each in said["lines"]}
        if len(pieces) < len(said["lines"]):
            raise serializers.ValidationError({"lines": ["Name each line of the order once."]})
        return {**said, "pieces": pieces}


class ReturnSerializer(serializers.Serializer[Any]):
    """A return; its number belongs on the parcel."""

    number = serializers.CharField()
    state = serializers.CharField()
    reason = serializers.CharField()
    announced_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    lines = ReturnPiecesSerializer(many=True)


class ReturnableSerializer(serializers.Serializer[Any]):
    """Pieces of a line of the order that can still come back."""

    line = serializers.IntegerField()
    quantity = serializers.IntegerField()


class ReturnsSerializer(serializers.Serializer[Any]):
    """What can come back until when (null before the first parcel), and what was announced."""

    until = serializers.DateTimeField(allow_null=True)
    returnable = ReturnableSerializer(many=True)
    results = ReturnSerializer(many=True)


class OrderSerializer(serializers.Serializer[Order]):
    """An order. `secret` names it at `orders/{secret}/` and on the site; `next_url` is where to go on paying."""

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
        address = reverse("orders:show", args=[order.secret])
        request = self.context.get("request")
        return str(request.build_absolute_uri(address)) if request else address

    def get_next_url(self, order: Order) -> str:
        begun = [payment.next_url for payment in order.payments.all() if payment.status == "started"]
        return begun[0] if begun else ""
