"""What promotions take off a purchase: arithmetic only, on amounts at the currency's precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from catalog.taxes import TaxClass
from shop.money import ZERO, round_amount, split_amount
from shop.promotions.models import Promotion

Kind = Promotion.Kind
ORDER = [Kind.BUY_X_GET_Y, Kind.PERCENTAGE, Kind.FIXED, Kind.FREE_SHIPPING]


@dataclass(frozen=True)
class Goods:
    """A line of a purchase before promotions and tax.

    Promotions go by `category_path`, which says what its category lies below; the tax goes by `tax_class`.
    """

    unit_amount: Decimal
    quantity: int
    category_path: str = ""
    tax_class: str = TaxClass.STANDARD

    @property
    def amount(self) -> Decimal:
        return self.unit_amount * self.quantity


@dataclass
class Discounts:
    """What is taken off each line, whether delivery is free, and which promotion took how much."""

    lines: list[Decimal]
    is_shipping_free: bool = False
    applied: list[tuple[str, Decimal]] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return sum(self.lines, ZERO)


def discount(goods: Sequence[Goods], promotions: Sequence[Promotion], currency: str) -> Discounts:
    """All that the promotions take off, one after the other, each from what those before have left.

    Free pieces come first, then percentages, amounts and free delivery; no line falls below nothing. A promotion's
    minimum is asked of the full price of the goods it is for.
    """
    result = Discounts([ZERO] * len(goods))
    for promotion in sorted(promotions, key=lambda each: (ORDER.index(Kind(each.kind)), each.pk or 0)):
        chosen = [number for number, each in enumerate(goods) if _is_for(promotion, each)]
        if not chosen or sum(goods[number].amount for number in chosen) < promotion.minimum_amount:
            continue
        if promotion.kind == Kind.FREE_SHIPPING:
            result.is_shipping_free = True
            result.applied.append((promotion.name, ZERO))
            continue
        left = [goods[number].amount - result.lines[number] for number in chosen]
        off = _off(promotion, [goods[number] for number in chosen], left, currency)
        if sum(off):
            for number, amount in zip(chosen, off, strict=True):
                result.lines[number] += amount
            result.applied.append((promotion.name, sum(off, ZERO)))
    return result


def _is_for(promotion: Promotion, goods: Goods) -> bool:
    return promotion.category is None or goods.category_path.startswith(promotion.category.path)


def _off(promotion: Promotion, goods: list[Goods], left: list[Decimal], currency: str) -> list[Decimal]:
    """What is taken off each of these lines; never more than what is left of it."""
    if promotion.kind == Kind.BUY_X_GET_Y:
        return [min(amount, rest) for amount, rest in zip(_free(promotion, goods), left, strict=True)]
    whole = sum(left, ZERO)
    wanted = whole * promotion.value / 100 if promotion.kind == Kind.PERCENTAGE else promotion.value
    return split_amount(min(round_amount(wanted, currency), whole), left, currency)


def _free(promotion: Promotion, goods: list[Goods]) -> list[Decimal]:
    """Of every so many pieces, the cheapest of all are free."""
    group = promotion.buy_quantity + promotion.get_quantity
    free = sum(each.quantity for each in goods) // group * promotion.get_quantity
    off = [ZERO] * len(goods)
    for number in sorted(range(len(goods)), key=lambda each: (goods[each].unit_amount, each)):
        pieces = min(free, goods[number].quantity)
        off[number], free = goods[number].unit_amount * pieces, free - pieces
    return off
