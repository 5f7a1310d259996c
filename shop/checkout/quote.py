"""A cart with all that it would cost now: the only place where prices, promotions, delivery and tax meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from catalog.models import Variant
from shop.cart.models import CartLine, Problem
from shop.checkout.pricing import Priced, Tax, price
from shop.money import ZERO, round_amount
from shop.orders.models import ShippingMethod, ShippingRate, TaxRate
from shop.promotions.discounts import Goods
from shop.promotions.services import Offers, offers_for


@dataclass(frozen=True)
class Wish:
    """What a price depends on beside the goods; all may be empty while the customer has not said so yet."""

    country: str = ""
    method_id: int | None = None
    voucher_code: str = ""
    email: str = ""


@dataclass(frozen=True)
class Quote:
    """What a cart costs now. `lines` are those that can be priced, in the order of `priced.lines`."""

    lines: list[CartLine]
    problems: list[Problem]
    priced: Priced
    offers: Offers
    options: list[ShippingRate]
    shipping: ShippingRate | None
    country: str
    is_estimate: bool
    currency: str

    @property
    def total_amount(self) -> Decimal:
        return round_amount(self.priced.total_amount, self.currency)


def quote_lines(lines: Sequence[CartLine], wish: Wish, now: datetime) -> Quote:
    """What these lines of a cart cost. Without a country, totals are estimated for the seller's own."""
    problems = {line.pk: problem for line in lines if (problem := line.problem(now))}
    kept = [line for line in lines if line.variant and line.pk not in problems]
    goods = [_goods(line.variant, line.quantity) for line in kept if line.variant]
    country = wish.country or settings.SELLER_COUNTRY
    offers = offers_for(wish.voucher_code, wish.email, now)
    options = shipping_options(
        country, goods, sum(line.quantity * line.variant.weight_grams for line in kept if line.variant)
    )
    chosen = next((each for each in options if each.method_id == wish.method_id), None) or next(iter(options), None)
    priced = price(goods, offers.promotions, chosen.amount if chosen else ZERO, tax_of(country), settings.CURRENCY)
    return Quote(
        lines=kept,
        problems=list(problems.values()),
        priced=priced,
        offers=offers,
        options=options,
        shipping=chosen,
        country=country,
        is_estimate=not wish.country,
        currency=settings.CURRENCY,
    )


def shipping_options(country: str, goods: Sequence[Goods], weight_grams: int) -> list[ShippingRate]:
    """Each method that delivers such a parcel there, with the cheapest of its rates that fit."""
    worth = sum((each.amount for each in goods), ZERO)
    cheapest: dict[int, ShippingRate] = {}
    for rate in ShippingRate.objects.fitting(country, weight_grams, worth):
        cheapest.setdefault(rate.method_id, rate)
    return list(cheapest.values())


def tax_of(country: str) -> Tax:
    """The country's tax; none where there is no row."""
    row = TaxRate.objects.filter(country=country).first()
    return Tax(row.percent, row.is_included, row.name, row.reduced_percent) if row else Tax()


def delivery_countries() -> list[str]:
    """Countries that some method delivers to."""
    offered = ShippingMethod.objects.filter(is_active=True)
    return sorted(set(ShippingRate.objects.filter(method__in=offered).values_list("country", flat=True)))


def _goods(variant: Variant, quantity: int) -> Goods:
    product = variant.product
    return Goods(round_amount(variant.price_amount), quantity, product.category.path, product.tax_class)
