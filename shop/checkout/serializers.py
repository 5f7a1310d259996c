"""Serializers of the cart and the checkout. Fields that are not declared here are ignored."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.serializers import PriceField as AmountField
from catalog.serializers import ProductSerializer
from shop.cart.models import LARGEST_QUANTITY, CartLine
from shop.fulfilment.serializers import LARGEST_KEY, TaxSerializer
from shop.orders.models import OrderAddress, ShippingRate
from shop.payments.gateways import offered
from shop.postal.countries import is_country
from shop.postal.models import ADDRESS_FIELDS
from shop.postal.rules import check_address


class AddLineSerializer(serializers.Serializer[Any]):
    """A variant to add to the cart."""

    variant = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY)
    quantity = serializers.IntegerField(min_value=1, max_value=LARGEST_QUANTITY, default=1)


class ChangeLineSerializer(serializers.Serializer[Any]):
    """The new quantity; 0 removes the line."""

    quantity = serializers.IntegerField(min_value=0, max_value=LARGEST_QUANTITY)


class EstimateSerializer(serializers.Serializer[Any]):
    """The country and voucher code for the totals."""

    country = serializers.CharField(max_length=2, required=False, allow_blank=True)
    voucher_code = serializers.CharField(max_length=40, required=False, allow_blank=True)

    def validate_country(self, code: str) -> str:
        if code and not is_country(code.upper()):
            raise serializers.ValidationError("Enter a two-letter country code, such as DE.")
        return code.upper()

    def validate_voucher_code(self, code: str) -> str:
        return code.strip().upper()


class AddressSerializer(serializers.ModelSerializer[OrderAddress]):
    """A postal address. Its country decides whether postal code, city and region are required."""

    class Meta:
        model = OrderAddress
        fields = ADDRESS_FIELDS

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        values, errors = check_address(fields)
        if errors:
            raise serializers.ValidationError({name: [message] for name, message in errors.items()})
        return values


class CheckoutSerializer(serializers.Serializer[Any]):
    """Everything needed to place an order. `total` is the total that the customer saw; any other total is refused."""

    email = serializers.EmailField()
    delivery = AddressSerializer()
    billing = AddressSerializer(required=False, allow_null=True, default=None)
    method = serializers.IntegerField(required=False, allow_null=True, default=None, max_value=LARGEST_KEY)
    voucher_code = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    payment = serializers.CharField(
        max_length=20, required=False, allow_blank=True, default="", help_text="Not needed if the total is 0."
    )
    total = serializers.DecimalField(max_digits=14, decimal_places=3)

    def get_fields(self) -> dict[str, Any]:
        """Add the fields that the offered gateways declare."""
        declared = {name: field for each in offered().values() for name, field in each.fields.items()}
        texts = {
            name: serializers.CharField(
                max_length=field.max_length, required=False, allow_blank=True, default="", help_text=field.help_text
            )
            for name, field in declared.items()
        }
        return {**super().get_fields(), **texts}


class CartLineSerializer(serializers.Serializer[CartLine]):
    """A line of the cart. `problem` says why it cannot be bought."""

    id = serializers.IntegerField()
    variant = serializers.IntegerField(source="variant_id", allow_null=True)
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    price = AmountField(source="variant.price_amount", allow_null=True)
    product = ProductSerializer(source="variant.product", allow_null=True)
    problem = serializers.SerializerMethodField()

    def get_problem(self, line: CartLine) -> str | None:
        problem = line.problem(self.context["now"])
        return problem.message if problem else None


class ShippingOptionSerializer(serializers.Serializer[ShippingRate]):
    """A delivery method and its price."""

    method = serializers.IntegerField(source="method_id")
    name = serializers.CharField(source="method.name")
    price = AmountField(source="amount")


class CartSerializer(serializers.Serializer[Any]):
    """The cart with its totals. Send a guest's `token` as the Cart-Token header."""

    token = serializers.CharField()
    lines = CartLineSerializer(many=True)
    country = serializers.CharField(source="quote.country")
    is_estimate = serializers.BooleanField(source="quote.is_estimate")
    shipping_options = ShippingOptionSerializer(many=True, source="quote.options")
    voucher_refusal = serializers.CharField(source="quote.offers.refusal", allow_blank=True)
    goods = AmountField(source="quote.priced.goods_amount")
    discount = AmountField(source="quote.priced.discount_amount")
    shipping = AmountField(source="quote.priced.shipping_amount")
    tax = AmountField(source="quote.priced.tax_amount")
    is_tax_included = serializers.BooleanField(source="quote.priced.tax.is_included")
    taxes = TaxSerializer(many=True, source="quote.priced.taxes")
    total = AmountField(source="quote.total_amount")
    currency = serializers.CharField(source="quote.currency")
