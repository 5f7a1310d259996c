"""Settlement: apply a provider's answer to the payment and its order. Safe to run twice.

The browser's return, the provider's webhook and the sweeper all call `settle`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.stock import OutOfStock
from shop.fulfilment import order_stock
from shop.fulfilment.refunds import request_refund
from shop.money import round_amount
from shop.orders.mails import mail_confirmed, mail_payment_failed, mail_too_late
from shop.orders.models import Order
from shop.orders.services import SYSTEM, change_state, issue_invoice, lock_order, note_event
from shop.orders.states import EventKind, State
from shop.payments.gateways.interface import Outcome, Status
from shop.payments.models import Payment
from shop.payments.services import lock_payment


def settle(payment_id: int, outcome: Outcome, now: datetime, who: str = SYSTEM) -> Payment:
    """Record the provider's answer and update the order.

    A wrong amount or currency is not accepted but flagged for staff. A payment for an expired order reserves the
    stock again; if that fails, request its refund, which the sweeper carries out.
    """
    with transaction.atomic(durable=True):
        payment = lock_payment(payment_id)
        order = lock_order(payment.order_id)
        if payment.status == Payment.Status.CAPTURED:
            return payment
        if outcome.status in (Status.AUTHORISED, Status.CAPTURED) and not _is_amount_right(payment, outcome):
            reported = _amount(outcome.amount, outcome.currency)
            asked = _amount(payment.amount, payment.currency)
            message = _("The provider reported %(reported)s; the order is %(asked)s. Check it at the provider.")
            flag_payment(payment, order, message % {"reported": reported, "asked": asked}, now)
            return payment
        _write(payment, order, outcome, who, now)
    return payment


def settle_free(payment: Payment, order: Order, now: datetime) -> None:
    """Settle the payment of an order that costs nothing, in the transaction that places it."""
    _write(payment, order, Outcome(Status.CAPTURED, payment.amount, payment.currency), SYSTEM, now)


def flag_payment(payment: Payment, order: Order, message: str, now: datetime) -> None:
    """Flag the locked payment for staff, once for each message."""
    if payment.flag != message:
        payment.flag, payment.updated_at = message, now
        payment.save(update_fields=["flag", "updated_at"])
        note_event(order, EventKind.PAYMENT_FLAGGED, SYSTEM, now, message)


def _write(payment: Payment, order: Order, outcome: Outcome, who: str, now: datetime) -> None:
    if outcome.reference and not payment.reference:
        payment.reference = outcome.reference
    payment.next_url = outcome.next_url or payment.next_url
    SETTLERS[outcome.status](payment, order, outcome, who, now)
    payment.updated_at = now
    payment.save()


def _pending(payment: Payment, order: Order, outcome: Outcome, who: str, now: datetime) -> None:
    if payment.status == Payment.Status.CREATED:
        payment.status = Payment.Status.STARTED


def _failed(payment: Payment, order: Order, outcome: Outcome, who: str, now: datetime) -> None:
    if payment.status == Payment.Status.FAILED:
        return
    if payment.status == Payment.Status.RELEASING:
        payment.status = Payment.Status.FAILED
        note_event(order, EventKind.PAYMENT_RELEASED, who, now)
        return
    payment.status, payment.error = Payment.Status.FAILED, outcome.error
    note_event(order, EventKind.PAYMENT_FAILED, who, now, outcome.error)
    if order.state == State.PENDING:
        if order.expires_at is None:  # it was authorised: without a new expiry, its stock would be held forever
            until = now + timedelta(minutes=settings.ORDER_EXPIRES_MINUTES)
            Order.objects.filter(pk=order.pk).update(expires_at=until)
        mail_payment_failed(order, payment.pk, outcome.error, now)


def _authorised(payment: Payment, order: Order, outcome: Outcome, who: str, now: datetime) -> None:
    if payment.status in (Payment.Status.AUTHORISED, Payment.Status.FAILED, Payment.Status.RELEASING):
        return
    if order.state != State.PENDING:
        payment.status = Payment.Status.RELEASING  # the sweeper releases it
        payment.error = _("Authorised after the order had stopped waiting for a payment.")
        return
    payment.status = Payment.Status.AUTHORISED
    Order.objects.filter(pk=order.pk).update(expires_at=None)
    note_event(order, EventKind.PAYMENT_AUTHORISED, who, now)
    mail_confirmed(order, now, is_paid=False)
    issue_invoice(order, now)


def _captured(payment: Payment, order: Order, outcome: Outcome, who: str, now: datetime) -> None:
    payment.status, payment.error = Payment.Status.CAPTURED, ""
    payment.save(update_fields=["status"])
    note_event(order, EventKind.PAYMENT_RECEIVED, who, now, _amount(payment.amount, payment.currency))
    if order.payments.filter(status=Payment.Status.CAPTURED).exclude(pk=payment.pk).exists():
        _refund(payment, order, _("The order had been paid already."), now)
    elif order.state == State.PENDING:
        order_stock.sell(order, SYSTEM, now)
        _confirm(order, who, now)
    elif order.state == State.CANCELLED and order.expires_at is not None:
        _revive(payment, order, now)
    elif order.state == State.CANCELLED:
        _refund(payment, order, _("The order had been cancelled."), now)


def _revive(payment: Payment, order: Order, now: datetime) -> None:
    """Confirm an order that was paid after it had expired if its stock can be reserved again; else refund it."""
    try:
        with transaction.atomic():
            if order.lines.filter(variant=None).exists():
                raise OutOfStock({})
            order_stock.hold(order, order.quantities(), SYSTEM, now)
            order_stock.sell(order, SYSTEM, now)
    except OutOfStock:
        order.stock = Order.Stock.RELEASED
        _refund(payment, order, _("Paid after the order had expired, and its items are sold out."), now)
        mail_too_late(order, now)
        return
    _confirm(order, SYSTEM, now, _("Paid after it had expired; its stock was reserved again."))


def _confirm(order: Order, who: str, now: datetime, message: str = "") -> None:
    change_state(order, State.PAID, who, now, message)
    mail_confirmed(order, now, is_paid=True)
    issue_invoice(order, now)


def _refund(payment: Payment, order: Order, reason: str, now: datetime) -> None:
    note_event(order, EventKind.REFUND_REQUESTED, SYSTEM, now, reason)
    request_refund(payment, payment.amount, {}, restocks=False, reason=reason, who=SYSTEM, now=now)


def _is_amount_right(payment: Payment, outcome: Outcome) -> bool:
    return outcome.amount == payment.amount and outcome.currency == payment.currency


def _amount(amount: Decimal, currency: str) -> str:
    return f"{currency} {round_amount(amount, currency)}"


SETTLERS = {
    Status.PENDING: _pending,
    Status.FAILED: _failed,
    Status.AUTHORISED: _authorised,
    Status.CAPTURED: _captured,
}
