"""The cart and the checkout as the API takes and gives them. What is not named here is not read."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.serializers import ProductSerializer
from shop.cart.models import LARGEST_QUANTITY, Cart
from shop.checkout.quote import Quote
from shop.fulfilment.serializers import LARGEST_KEY, TaxSerializer
from shop.money import quantum, round_amount
from shop.orders.models import OrderAddress
from shop.payments.gateways import offered
from shop.postal.countries import is_country
from shop.postal.models import ADDRESS_FIELDS
from shop.postal.rules import check_address


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


class AddressSerializer(serializers.ModelSerializer[OrderAddress]):
    """A postal address. Whether it needs a postal code, a city and a region depends on its country."""

    class Meta:
        model = OrderAddress
        fields = ADDRESS_FIELDS

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        values, errors = check_address(fields)
        if errors:
            raise serializers.ValidationError({name: [message] for name, message in errors.items()})
        return values


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
