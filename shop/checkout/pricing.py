"""What a purchase costs: arithmetic only. Rounded once a line, so that lines and delivery sum to the total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.taxes import TaxClass
from shop.money import ZERO, round_amount
from shop.orders.taxes import TaxSum, tax_by_rate
from shop.promotions.discounts import Discounts, Goods, discount
from shop.promotions.models import Promotion


@dataclass(frozen=True)
class Tax:
    """The tax of a country: so many per cent by class, contained in prices or added to them."""

    percent: Decimal = ZERO
    is_included: bool = True
    name: str = ""
    reduced_percent: Decimal | None = None

    def rate(self, tax_class: str) -> Decimal:
        """Per cent for goods of the class; where the country has no reduced rate, they are taxed as all others."""
        if tax_class == TaxClass.ZERO:
            return ZERO
        is_reduced = tax_class == TaxClass.REDUCED and self.reduced_percent is not None
        return (self.reduced_percent or ZERO) if is_reduced else self.percent

    def shipping_rate(self, goods: Sequence[Goods]) -> Decimal:
        """Per cent for the delivery of these goods: the highest of theirs; the standard rate where there are none."""
        return max((self.rate(each.tax_class) for each in goods), default=self.percent)

    def of(self, amount: Decimal, percent: Decimal, currency: str) -> Decimal:
        """The tax in, or on top of, the amount."""
        base = 100 + percent if self.is_included else 100
        return round_amount(amount * percent / base, currency)


@dataclass(frozen=True)
class PricedLine:
    """A line of a purchase; `total_amount` is what the customer pays for it."""

    unit_amount: Decimal
    quantity: int
    discount_amount: Decimal
    tax_percent: Decimal
    tax_amount: Decimal
    total_amount: Decimal


@dataclass(frozen=True)
class Priced:
    """A purchase. `tax_amount` is that of the lines and of the delivery together."""

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
        """The tax of lines and delivery by rate."""
        lines = [TaxSum(line.tax_percent, line.total_amount - line.tax_amount, line.tax_amount) for line in self.lines]
        net = self.shipping_amount - (self.shipping_tax_amount if self.tax.is_included else ZERO)
        return tax_by_rate([*lines, TaxSum(self.shipping_tax_percent, net, self.shipping_tax_amount)])

    @property
    def total_amount(self) -> Decimal:
        delivery = self.shipping_amount if self.tax.is_included else self.shipping_amount + self.shipping_tax_amount
        return sum((line.total_amount for line in self.lines), delivery)


def price(
    goods: Sequence[Goods], promotions: Sequence[Promotion], shipping_amount: Decimal, tax: Tax, currency: str
) -> Priced:
    """What the goods cost with these promotions, this delivery and this tax."""
    discounts = discount(goods, promotions, currency)
    lines = []
    for each, off in zip(goods, discounts.lines, strict=True):
        amount = each.amount - off
        percent = tax.rate(each.tax_class)
        owed = tax.of(amount, percent, currency)
        total = amount if tax.is_included else amount + owed
        lines.append(PricedLine(each.unit_amount, each.quantity, off, percent, owed, total))
    shipping, percent = ZERO if discounts.is_shipping_free else shipping_amount, tax.shipping_rate(goods)
    return Priced(lines, discounts, shipping, percent, tax.of(shipping, percent, currency), tax)
