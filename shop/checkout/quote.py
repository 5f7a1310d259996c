"""Quotes: what a cart costs now, with discounts, delivery and tax.

Amounts are rounded once per line, so that lines and delivery sum to the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.taxes import TaxClass
from shop.cart.models import CartLine, Problem
from shop.money import ZERO, round_amount
from shop.orders.models import ShippingMethod, ShippingRate, TaxRate
from shop.orders.taxes import TaxSum, tax_by_rate
from shop.promotions.services import Discounts, Item, Offers, offers_for
from shop.storefront.current import shop_settings


@dataclass(frozen=True)
class QuoteOptions:
    """Everything but the cart that prices depend on. Fields are empty until the customer fills them in."""

    country: str = ""
    method_id: int | None = None
    voucher_code: str = ""
    email: str = ""


@dataclass(frozen=True)
class Tax:
    """A country's tax: its rates in per cent, included in prices or added to them."""

    percent: Decimal = ZERO
    is_included: bool = True
    name: str = ""
    reduced_percent: Decimal | None = None

    def rate(self, tax_class: str) -> Decimal:
        """Return the rate of the class. Without a reduced rate, that class is taxed at the standard one."""
        if tax_class == TaxClass.ZERO:
            return ZERO
        is_reduced = tax_class == TaxClass.REDUCED and self.reduced_percent is not None
        return (self.reduced_percent or ZERO) if is_reduced else self.percent

    def of(self, amount: Decimal, percent: Decimal, currency: str) -> Decimal:
        """Return the tax included in the amount, or added to it."""
        base = 100 + percent if self.is_included else 100
        return round_amount(amount * percent / base, currency)


@dataclass(frozen=True)
class PricedLine:
    """A line with its discount and tax; the customer pays `total_amount`."""

    unit_amount: Decimal
    quantity: int
    discount_amount: Decimal
    tax_percent: Decimal
    tax_amount: Decimal
    total_amount: Decimal


@dataclass(frozen=True)
class Prices:
    """All amounts of a cart. `tax_amount` covers lines and delivery."""

    lines: list[PricedLine]
    discounts: Discounts
    shipping_amount: Decimal
    shipping_tax_percent: Decimal
    shipping_tax_amount: Decimal
    tax: Tax

    @property
    def goods_amount(self) -> Decimal:
        return sum((line.unit_amount * line.quantity for line in self.lines), ZERO)

    @property
    def discount_amount(self) -> Decimal:
        return sum((line.discount_amount for line in self.lines), ZERO)

    @property
    def tax_amount(self) -> Decimal:
        return sum((line.tax_amount for line in self.lines), self.shipping_tax_amount)

    @property
    def taxes(self) -> list[TaxSum]:
        """The tax of lines and delivery, by rate."""
        lines = [TaxSum(line.tax_percent, line.total_amount - line.tax_amount, line.tax_amount) for line in self.lines]
        net = self.shipping_amount - (self.shipping_tax_amount if self.tax.is_included else ZERO)
        return tax_by_rate([*lines, TaxSum(self.shipping_tax_percent, net, self.shipping_tax_amount)])

    @property
    def total_amount(self) -> Decimal:
        delivery = self.shipping_amount if self.tax.is_included else self.shipping_amount + self.shipping_tax_amount
        return sum((line.total_amount for line in self.lines), delivery)


@dataclass(frozen=True)
class Quote:
    """The prices of a cart now. `lines` are the cart lines that can be ordered, parallel to `priced.lines`."""

    lines: list[CartLine]
    problems: list[Problem]
    priced: Prices
    offers: Offers
    options: list[ShippingRate]
    shipping: ShippingRate | None
    country: str
    is_estimate: bool
    currency: str

    @property
    def total_amount(self) -> Decimal:
        return round_amount(self.priced.total_amount, self.currency)


def quote_lines(lines: Sequence[CartLine], options: QuoteOptions, now: datetime) -> Quote:
    """Quote a cart's lines. Without a country, estimate the prices for the seller's country."""
    country, currency = options.country or shop_settings().country, shop_settings().currency
    tax = _tax_of(country)
    problems = {line.pk: problem for line in lines if (problem := line.problem(now))}
    bought = [(line, line.variant) for line in lines if line.variant and line.pk not in problems]
    items = [
        Item(
            round_amount(variant.price_amount),
            line.quantity,
            variant.product.category.path,
            variant.product.tax_class,
        )
        for line, variant in bought
    ]
    grams = sum(line.quantity * variant.weight_grams for line, variant in bought)
    rates = list(ShippingRate.objects.cheapest(country, grams, sum((item.amount for item in items), ZERO)))
    shipping = next((rate for rate in rates if rate.method_id == options.method_id), None) or next(iter(rates), None)
    offers = offers_for(items, options.voucher_code, options.email, currency, now)
    return Quote(
        lines=[line for line, _variant in bought],
        problems=list(problems.values()),
        priced=price(items, offers.discounts, shipping.amount if shipping else ZERO, tax, currency),
        offers=offers,
        options=rates,
        shipping=shipping,
        country=country,
        is_estimate=not options.country,
        currency=currency,
    )


def price(items: Sequence[Item], discounts: Discounts, shipping_amount: Decimal, tax: Tax, currency: str) -> Prices:
    """Return the prices of the items with these discounts, delivery and tax.

    Delivery is taxed at the highest rate of the items, or at the standard rate if there are none.
    """
    rates = [tax.rate(item.tax_class) for item in items]
    lines = []
    for item, off, percent in zip(items, discounts.lines, rates, strict=True):
        amount = item.amount - off
        owed = tax.of(amount, percent, currency)
        total = amount if tax.is_included else amount + owed
        lines.append(PricedLine(item.unit_amount, item.quantity, off, percent, owed, total))
    shipping, percent = ZERO if discounts.is_shipping_free else shipping_amount, max(rates, default=tax.percent)
    return Prices(lines, discounts, shipping, percent, tax.of(shipping, percent, currency), tax)


def delivery_countries() -> list[str]:
    """Return the countries to which an active method delivers."""
    active = ShippingMethod.objects.filter(is_active=True)
    return sorted(set(ShippingRate.objects.filter(method__in=active).values_list("country", flat=True)))


def _tax_of(country: str) -> Tax:
    row = TaxRate.objects.filter(country=country).first()
    return Tax(row.percent, row.is_included, row.name, row.reduced_percent) if row else Tax()
