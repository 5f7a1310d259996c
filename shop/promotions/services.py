"""Promotions: which ones apply, how much they deduct, and how orders redeem vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q
from django.utils.translation import gettext as _

from catalog.taxes import TaxClass
from shop.money import ZERO, round_amount, split_amount
from shop.orders.models import Order
from shop.promotions.models import Promotion, Redemption, Voucher

Kind = Promotion.Kind
PRECEDENCE = [Kind.BUY_X_GET_Y, Kind.PERCENTAGE, Kind.FIXED, Kind.FREE_SHIPPING]


class VoucherRefused(ValueError):
    """The voucher cannot be used. The message says why."""


@dataclass(frozen=True)
class Item:
    """An item before discounts and tax. Promotions depend on its category path, tax on its class."""

    unit_amount: Decimal
    quantity: int
    category_path: str = ""
    tax_class: str = TaxClass.STANDARD

    @property
    def amount(self) -> Decimal:
        return self.unit_amount * self.quantity


@dataclass
class Discounts:
    """The discount of each line, free delivery, and how much each promotion deducted."""

    lines: list[Decimal]
    is_shipping_free: bool = False
    applied: list[tuple[str, Decimal]] = field(default_factory=list)


@dataclass(frozen=True)
class Offers:
    """The discounts of all promotions that apply, and the voucher, or why it was refused."""

    discounts: Discounts
    voucher: Voucher | None = None
    refusal: str = ""


def offers_for(items: Sequence[Item], code: str, email: str, currency: str, now: datetime) -> Offers:
    """Return what applies to the items now, with this voucher code and customer; both may be empty."""
    promotions = list(Promotion.objects.running(now).automatic().select_related("category"))
    voucher, refusal = None, ""
    if code:
        candidate = Voucher.objects.select_related("promotion__category").filter(code=code.strip().upper()).first()
        try:
            voucher = _usable(candidate, email, now)
        except VoucherRefused as refused:
            refusal = str(refused)
    if voucher is not None and voucher.promotion not in promotions:
        promotions.append(voucher.promotion)
    return Offers(discount(items, promotions, currency), voucher, refusal)


def discount(items: Sequence[Item], promotions: Sequence[Promotion], currency: str) -> Discounts:
    """Return the discounts of all promotions, each computed on what the previous ones leave.

    Free items come first, then percentages, fixed amounts and free delivery. No line falls below zero. A promotion's
    minimum is compared with the full price of the items that it applies to.
    """
    result = Discounts([ZERO] * len(items))
    for promotion in sorted(promotions, key=lambda each: (PRECEDENCE.index(Kind(each.kind)), each.pk or 0)):
        affected = [number for number, item in enumerate(items) if _is_for(promotion, item)]
        if not affected or sum(items[number].amount for number in affected) < promotion.minimum_amount:
            continue
        if promotion.kind == Kind.FREE_SHIPPING:
            result.is_shipping_free = True
            result.applied.append((promotion.name, ZERO))
            continue
        left = [items[number].amount - result.lines[number] for number in affected]
        amounts = _discounts_of(promotion, [items[number] for number in affected], left, currency)
        if sum(amounts):
            for number, amount in zip(affected, amounts, strict=True):
                result.lines[number] += amount
            result.applied.append((promotion.name, sum(amounts, ZERO)))
    return result


def redeem(voucher: Voucher, order: Order, now: datetime) -> None:
    """Use the voucher for the order, in the order's transaction. Raises VoucherRefused if it is used up.

    The conditional update locks the voucher, so that concurrent orders of a customer are counted one by one.
    """
    left = Q(limit_total=None) | Q(used_count__lt=F("limit_total"))
    if not Voucher.objects.filter(left, pk=voucher.pk).update(used_count=F("used_count") + 1):
        raise VoucherRefused(_used_up(voucher))
    email = order.email.lower()
    if _is_used_up_by(voucher, email):
        raise VoucherRefused(_used_by_you(voucher))
    Redemption.objects.create(voucher=voucher, order=order, email=email, at=now)


def restore_voucher(order: Order) -> None:
    """Make the voucher of a cancelled order usable again. Safe to run twice."""
    redemption = Redemption.objects.filter(order=order).first()
    if redemption is not None and redemption.delete()[0]:
        Voucher.objects.filter(pk=redemption.voucher_id, used_count__gt=0).update(used_count=F("used_count") - 1)


def _usable(voucher: Voucher | None, email: str, now: datetime) -> Voucher:
    if voucher is None:
        raise VoucherRefused(_("This voucher code does not exist. Check its spelling."))
    if not voucher.promotion.is_running(now):
        raise VoucherRefused(_("Voucher %(code)s is not valid today. Remove it to continue.") % {"code": voucher.code})
    if voucher.limit_total is not None and voucher.used_count >= voucher.limit_total:
        raise VoucherRefused(_used_up(voucher))
    if email and _is_used_up_by(voucher, email.lower()):
        raise VoucherRefused(_used_by_you(voucher))
    return voucher


def _used_up(voucher: Voucher) -> str:
    return _("Voucher %(code)s has been used up. Remove it to continue.") % {"code": voucher.code}


def _used_by_you(voucher: Voucher) -> str:
    return _("You have already used voucher %(code)s. Remove it to continue.") % {"code": voucher.code}


def _is_used_up_by(voucher: Voucher, email: str) -> bool:
    limit = voucher.limit_per_customer
    return limit is not None and Redemption.objects.filter(voucher=voucher, email=email).count() >= limit


def _is_for(promotion: Promotion, item: Item) -> bool:
    return promotion.category is None or item.category_path.startswith(promotion.category.path)


def _discounts_of(promotion: Promotion, items: list[Item], left: list[Decimal], currency: str) -> list[Decimal]:
    """Return the discount of each item, up to what is left of its price."""
    if promotion.kind == Kind.BUY_X_GET_Y:
        return [min(amount, rest) for amount, rest in zip(_free_units(promotion, items), left, strict=True)]
    whole = sum(left, ZERO)
    reduction = whole * promotion.value / 100 if promotion.kind == Kind.PERCENTAGE else promotion.value
    return split_amount(min(round_amount(reduction, currency), whole), left, currency)


def _free_units(promotion: Promotion, items: list[Item]) -> list[Decimal]:
    """Return the discount of each item: the price of its free units, which are the cheapest ones overall."""
    group = promotion.buy_quantity + promotion.get_quantity
    free = sum(item.quantity for item in items) // group * promotion.get_quantity
    off = [ZERO] * len(items)
    for number in sorted(range(len(items)), key=lambda each: (items[each].unit_amount, each)):
        units = min(free, items[number].quantity)
        off[number], free = items[number].unit_amount * units, free - units
    return off
