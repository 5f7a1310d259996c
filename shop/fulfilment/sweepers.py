"""Scheduled sweepers: expire unpaid orders, and repeat calls to providers that were not answered.

Everything here is safe to run twice, and at any time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.fulfilment.actions import withdraw
from shop.fulfilment.payment import release_payment
from shop.fulfilment.refunds import carry_out_refund
from shop.fulfilment.settlement import settle
from shop.orders.models import Order
from shop.orders.services import SYSTEM
from shop.orders.states import State
from shop.payments.gateways.interface import GatewayDown, Outcome, Status
from shop.payments.models import Payment, Refund
from shop.payments.services import ask, lock_payments_of

BATCH = 50
ANSWER_TIMEOUT = timedelta(minutes=2)
RECONCILE_FOR = timedelta(days=7)
ARRIVAL_TIMEOUT = timedelta(hours=1)  # by then, a request has reached the provider or been lost


def expire_orders(now: datetime) -> int:
    """Cancel expired orders, release their stock, and return how many.

    Ask the providers first: an order that has been paid is settled instead.
    """
    keys = list(Order.objects.expired(now).order_by("expires_at").values_list("pk", flat=True)[:BATCH])
    for payment in Payment.objects.filter(order__in=keys, status=Payment.Status.STARTED):
        _ask_and_settle(payment, now)
    return sum(_expire(key, now) for key in keys)


def reconcile_payments(now: datetime) -> int:
    """Ask providers about unanswered payments. Return how many."""
    unanswered = Payment.objects.filter(status=Payment.Status.STARTED, created_at__gt=now - RECONCILE_FOR)
    payments = list(unanswered.filter(updated_at__lte=now - ANSWER_TIMEOUT).order_by("updated_at")[:BATCH])
    for payment in payments:
        _ask_and_settle(payment, now)
    return len(payments)


def reconcile_refunds(now: datetime) -> int:
    """Ask providers again for unanswered refunds. Return how many."""
    keys = _unanswered(Refund.objects.filter(status=Refund.Status.REQUESTED), now)
    for key in keys:
        carry_out_refund(key, now)
    return len(keys)


def reconcile_releases(now: datetime) -> int:
    """Ask providers again to release payments that are marked for release. Return how many."""
    keys = _unanswered(Payment.objects.filter(status=Payment.Status.RELEASING), now)
    for key in keys:
        release_payment(key, now)
    return len(keys)


def _unanswered(rows: QuerySet[Payment] | QuerySet[Refund], now: datetime) -> list[int]:
    due = rows.filter(updated_at__lte=now - ANSWER_TIMEOUT).order_by("updated_at")
    return list(due.values_list("pk", flat=True)[:BATCH])


def _expire(order_id: int, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        lock_payments_of(order_id)
        order = Order.objects.select_for_update(skip_locked=True).expired(now).filter(pk=order_id).first()
        if order is None or order.state != State.PENDING:
            return False
        withdraw(order, SYSTEM, now, _("Not paid in time."))
        return True


def _ask_and_settle(payment: Payment, now: datetime) -> None:
    Payment.objects.filter(pk=payment.pk).update(updated_at=now)
    try:
        outcome = ask(payment)
    except GatewayDown:
        return
    if outcome is None and payment.created_at < now - ARRIVAL_TIMEOUT:
        message = _("The provider never received the payment.")
        outcome = Outcome(Status.FAILED, payment.amount, payment.currency, error=message)
    if outcome is not None:
        settle(payment.pk, outcome, now)
