"""What a purchase costs: arithmetic only. Rounded once a line, so that lines and delivery sum to the total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shop.money import ZERO, round_amount
from shop.promotions.discounts import Discounts, Goods, discount
from shop.promotions.models import Promotion


@dataclass(frozen=True)
class Tax:
    """So many per cent, contained in prices or added to them."""

    percent: Decimal = ZERO
    is_included: bool = True
    name: str = ""

    def of(self, amount: Decimal, currency: str) -> Decimal:
        """The tax in, or on top of, the amount."""
        base = 100 + self.percent if self.is_included else 100
        return round_amount(amount * self.percent / base, currency)


@dataclass(frozen=True)
class PricedLine:
    """A line of a purchase; `total_amount` is what the customer pays for it."""

    unit_amount: Decimal
    quantity: int
    discount_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal


@dataclass(frozen=True)
class Priced:
    """A purchase. `tax_amount` is that of the lines and of the delivery together."""

    lines: list[PricedLine]
    discounts: Discounts
    shipping_amount: Decimal
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
        owed = tax.of(amount, currency)
        total = amount if tax.is_included else amount + owed
        lines.append(PricedLine(each.unit_amount, each.quantity, off, owed, total))
    shipping = ZERO if discounts.is_shipping_free else shipping_amount
    return Priced(lines, discounts, shipping, tax.of(shipping, currency), tax)
