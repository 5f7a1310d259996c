"""What the timetable picks up: unpaid orders that expire, payments and refunds that a provider owes an answer for.

Everything here may run twice, and at any time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
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
PATIENCE = timedelta(minutes=2)  # how long an answer may be on its way
MEMORY = timedelta(days=7)  # afterwards nobody asks any more
UNHEARD = timedelta(hours=1)  # a request that has not reached the provider by then never will


def expire_orders(now: datetime) -> int:
    """Cancel unpaid orders whose time has run out and free what they held; how many.

    The provider is asked first: an order whose money was taken is settled instead.
    """
    keys = list(Order.objects.expired(now).order_by("expires_at").values_list("pk", flat=True)[:BATCH])
    for payment in Payment.objects.filter(order__in=keys, status=Payment.Status.STARTED):
        _ask_and_settle(payment, now)
    return sum(_expire(key, now) for key in keys)


def reconcile_payments(now: datetime) -> int:
    """Ask providers what became of payments that they owe an answer for; how many were asked about."""
    waiting = Payment.objects.filter(status=Payment.Status.STARTED, updated_at__lte=now - PATIENCE)
    payments = list(waiting.filter(created_at__gt=now - MEMORY).order_by("updated_at")[:BATCH])
    for payment in payments:
        _ask_and_settle(payment, now)
    return len(payments)


def reconcile_refunds(now: datetime) -> int:
    """Ask again for refunds that a provider has not answered; how many."""
    waiting = Refund.objects.filter(status=Refund.Status.REQUESTED, updated_at__lte=now - PATIENCE)
    keys = list(waiting.order_by("updated_at").values_list("pk", flat=True)[:BATCH])
    for key in keys:
        carry_out_refund(key, now)
    return len(keys)


def reconcile_releases(now: datetime) -> int:
    """Ask again that promises are let go of whose orders are cancelled; how many."""
    waiting = Payment.objects.filter(status=Payment.Status.RELEASING, updated_at__lte=now - PATIENCE)
    keys = list(waiting.order_by("updated_at").values_list("pk", flat=True)[:BATCH])
    for key in keys:
        release_payment(key, now)
    return len(keys)


def _expire(order_id: int, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        lock_payments_of(order_id)
        order = Order.objects.select_for_update(skip_locked=True).expired(now).filter(pk=order_id).first()
        if order is None or order.state != State.PENDING:
            return False
        withdraw(order, SYSTEM, now, _("Not paid in time."))
        return True


def _ask_and_settle(payment: Payment, now: datetime) -> None:
    """What the provider never heard of cannot be paid any more once the customer's time is over."""
    Payment.objects.filter(pk=payment.pk).update(updated_at=now)
    try:
        outcome = ask(payment)
    except GatewayDown:
        return
    if outcome is None and payment.created_at < now - UNHEARD:
        outcome = Outcome(Status.FAILED, payment.amount, payment.currency, error=_("The provider never heard of it."))
    if outcome is not None:
        settle(payment.pk, outcome, now)
