"""Letting go of money that was promised to an order which is cancelled. Asking twice lets go of it once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from shop.checkout.settlement import settle
from shop.orders.services import SYSTEM, lock_order, note_event
from shop.payments.gateways.interface import GatewayDown, Status
from shop.payments.models import Payment
from shop.payments.services import lock_payment, void

LONGEST_PROMISE = timedelta(days=30)  # after that, staff look at what the provider does not let go of


def release_payment(payment_id: int, now: datetime) -> None:
    """Ask the provider to let go of a payment that is to be released, and settle what it says.

    Money that was taken in between goes back like any that comes for a cancelled order. Where the provider does not
    answer, the sweeper asks again.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != Payment.Status.RELEASING:
        return
    try:
        outcome = void(payment)
    except GatewayDown:
        Payment.objects.filter(pk=payment_id).update(updated_at=now)
        if payment.created_at < now - LONGEST_PROMISE:
            _give_up(payment_id, now)
        return
    if outcome.status in (Status.FAILED, Status.CAPTURED):
        settle(payment_id, outcome, now)
    else:
        _give_up(payment_id, now)


def _give_up(payment_id: int, now: datetime) -> None:
    with transaction.atomic(durable=True):
        payment = lock_payment(payment_id)
        order = lock_order(payment.order_id)
        if payment.status != Payment.Status.RELEASING:
            return
        payment.status, payment.updated_at = Payment.Status.FAILED, now
        payment.flag = _("Promised, and the order is cancelled. Release it at the provider.")
        payment.save(update_fields=["status", "flag", "updated_at"])
        note_event(order, "payment flagged", SYSTEM, now, payment.flag)
