"""Which promotions count, and vouchers that are used up by orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.utils.translation import gettext as _

from shop.orders.models import Order
from shop.promotions.models import Promotion, Redemption, Voucher


class VoucherRefused(ValueError):
    """The code does not count; the sentence says why."""


@dataclass(frozen=True)
class Offers:
    """The promotions that count for a purchase, the voucher among them, and why a code does not count."""

    promotions: list[Promotion]
    voucher: Voucher | None = None
    refusal: str = ""


def offers_for(code: str, email: str, now: datetime) -> Offers:
    """What counts now for somebody with that code and address; both may be empty."""
    promotions = list(Promotion.objects.running(now).automatic().select_related("category"))
    if not code:
        return Offers(promotions)
    found = Voucher.objects.select_related("promotion__category").filter(code=code.strip().upper()).first()
    try:
        voucher = _usable(found, email, now)
    except VoucherRefused as refused:
        return Offers(promotions, refusal=str(refused))
    if voucher.promotion not in promotions:
        promotions.append(voucher.promotion)
    return Offers(promotions, voucher)


def redeem(voucher: Voucher, order: Order, now: datetime) -> None:
    """Use the voucher for the order, in the order's transaction. Raises VoucherRefused where it is used up.

    The conditional update holds the voucher's row, so the customer's own uses are counted one order after the other.
    """
    left = Q(limit_total=None) | Q(used_count__lt=F("limit_total"))
    if not Voucher.objects.filter(left, pk=voucher.pk).update(used_count=F("used_count") + 1):
        raise VoucherRefused(_("This voucher has been used up."))
    email = order.email.lower()
    if _is_used_up_by(voucher, email):
        raise VoucherRefused(_("You have used this voucher already."))
    Redemption.objects.create(voucher=voucher, order=order, email=email, at=now)


def give_back(order: Order) -> None:
    """The order is not to be: its voucher can be used again. Safe to run twice."""
    found = Redemption.objects.filter(order=order).first()
    if found is not None and found.delete()[0]:
        Voucher.objects.filter(pk=found.voucher_id, used_count__gt=0).update(used_count=F("used_count") - 1)


def _usable(voucher: Voucher | None, email: str, now: datetime) -> Voucher:
    if voucher is None:
        raise VoucherRefused(_("We do not know this voucher. Look at its letters again."))
    if not voucher.promotion.is_running(now):
        raise VoucherRefused(_("This voucher does not count today."))
    if voucher.limit_total is not None and voucher.used_count >= voucher.limit_total:
        raise VoucherRefused(_("This voucher has been used up."))
    if email and _is_used_up_by(voucher, email.lower()):
        raise VoucherRefused(_("You have used this voucher already."))
    return voucher


def _is_used_up_by(voucher: Voucher, email: str) -> bool:
    limit = voucher.limit_per_customer
    return limit is not None and Redemption.objects.filter(voucher=voucher, email=email).count() >= limit
