"""The purchase as the API takes and gives it. What is not named here is not read: nobody sets a price or a state."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from catalog.serializers import PriceField as AmountField
from catalog.serializers import ProductSerializer
from shop.cart.models import LARGEST_QUANTITY, Cart
from shop.checkout.quote import Quote
from shop.money import quantum, round_amount
from shop.orders.creation import Address
from shop.orders.models import Order, Return
from shop.orders.taxes import TaxSum
from shop.postal.countries import is_country
from shop.postal.rules import check_address

LARGEST_KEY = 2**63 - 1


class AddLineSerializer(serializers.Serializer[Any]):
    """A variant to put into the cart."""

    variant = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY)
    quantity = serializers.IntegerField(min_value=1, max_value=LARGEST_QUANTITY, default=1)


class ChangeLineSerializer(serializers.Serializer[Any]):
    """Another quantity; none takes the line out."""

    quantity = serializers.IntegerField(min_value=0, max_value=LARGEST_QUANTITY)


class EstimateSerializer(serializers.Serializer[Any]):
    """What totals go by."""

    country = serializers.CharField(max_length=2, required=False, allow_blank=True)
    voucher_code = serializers.CharField(max_length=40, required=False, allow_blank=True)

    def validate_country(self, code: str) -> str:
        if code and not is_country(code.upper()):
            raise serializers.ValidationError("A country is two letters, such as DE.")
        return code.upper()

    def validate_voucher_code(self, code: str) -> str:
        return code.strip().upper()


class AddressSerializer(serializers.Serializer[Any]):
    """A postal address. Whether it needs a postal code, a city and a region depends on its country."""

    name = serializers.CharField(max_length=150)
    company = serializers.CharField(max_length=150, required=False, allow_blank=True, default="")
    line1 = serializers.CharField(max_length=200)
    line2 = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    postal_code = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    city = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    region = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    country = serializers.CharField(max_length=2)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        kept, errors = check_address(said)
        if errors:
            raise serializers.ValidationError({name: [sentence] for name, sentence in errors.items()})
        return kept


class CheckoutSerializer(serializers.Serializer[Any]):
    """All that a purchase takes. `total` is what the client was shown: nothing else is charged."""

    email = serializers.EmailField()
    delivery = AddressSerializer()
    billing = AddressSerializer(required=False, allow_null=True, default=None)
    method = serializers.IntegerField(required=False, allow_null=True, default=None, max_value=LARGEST_KEY)
    voucher_code = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    payment = serializers.CharField(
        max_length=20, required=False, allow_blank=True, default="", help_text="Left out where the total is 0."
    )
    card = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    total = serializers.DecimalField(max_digits=14, decimal_places=3)


class CartLineSerializer(serializers.Serializer[Any]):
    """A line of the cart; `problem` says what keeps it from being bought."""

    id = serializers.IntegerField()
    variant = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    price = serializers.CharField(allow_null=True)
    product = ProductSerializer(allow_null=True)
    problem = serializers.CharField(allow_null=True)


class ShippingOptionSerializer(serializers.Serializer[Any]):
    """A way of delivery and its price."""

    method = serializers.IntegerField()
    name = serializers.CharField()
    price = serializers.CharField()


class TaxSerializer(serializers.Serializer[TaxSum]):
    """All that is taxed at one rate: what it costs without tax, and the tax."""

    percent = serializers.SerializerMethodField()
    net = AmountField(source="net_amount")
    tax = AmountField(source="tax_amount")

    def get_percent(self, tax: TaxSum) -> str:
        return format(tax.percent.normalize(), "f")


class CartSerializer(serializers.Serializer[Any]):
    """The cart with its totals. `token` names a guest's cart: send it as the header Cart-Token."""

    token = serializers.CharField()
    lines = CartLineSerializer(many=True)
    country = serializers.CharField()
    is_estimate = serializers.BooleanField()
    shipping_options = ShippingOptionSerializer(many=True)
    voucher_refusal = serializers.CharField(allow_blank=True)
    goods = serializers.CharField()
    discount = serializers.CharField()
    shipping = serializers.CharField()
    tax = serializers.CharField()
    is_tax_included = serializers.BooleanField()
    taxes = TaxSerializer(many=True)
    total = serializers.CharField()
    currency = serializers.CharField()


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


def cart_answer(cart: Cart | None, lines: list[Any], quote: Quote, problems: dict[int, str], context: Any) -> Any:
    """The cart and its totals as JSON."""
    priced, cents = quote.priced, quantum(quote.currency)
    return {
        "token": cart.token if cart and cart.customer_id is None else "",
        "lines": [
            {
                "id": line.pk,
                "variant": line.variant_id,
                "title": line.title,
                "quantity": line.quantity,
                "price": str(round_amount(line.variant.price_amount)) if line.variant else None,
                "product": ProductSerializer(line.variant.product, context=context).data if line.variant else None,
                "problem": problems.get(line.pk),
            }
            for line in lines
        ],
        "country": quote.country,
        "is_estimate": quote.is_estimate,
        "shipping_options": [
            {"method": each.method_id, "name": each.method.name, "price": str(round_amount(each.amount))}
            for each in quote.options
        ],
        "voucher_refusal": quote.offers.refusal,
        "goods": str(priced.goods_amount.quantize(cents)),
        "discount": str(priced.discount_amount.quantize(cents)),
        "shipping": str(priced.shipping_amount.quantize(cents)),
        "tax": str(priced.tax_amount.quantize(cents)),
        "is_tax_included": priced.tax.is_included,
        "taxes": [TaxSerializer(each).data for each in priced.taxes],
        "total": str(quote.total_amount),
        "currency": quote.currency,
    }


def address_of(said: dict[str, Any]) -> Address:
    """The address that a valid serializer holds."""
    return Address(**said)
