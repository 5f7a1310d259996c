"""Being paid: one function for the browser's return, the provider's webhook and the sweeper. Safe to run twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from catalog import stock
from shop.money import round_amount
from shop.orders.mails import mail_confirmed, mail_payment_failed, mail_too_late
from shop.orders.models import Order
from shop.orders.services import SYSTEM, change_state, issue_invoice, lock_order, note_event
from shop.orders.states import State
from shop.payments.gateways.interface import Outcome, Status
from shop.payments.gateways.offline import FREE
from shop.payments.models import Payment, Refund
from shop.payments.services import lock_payment, new_payment, request_refund


def settle(payment_id: int, outcome: Outcome, now: datetime, who: str = SYSTEM) -> Payment:
    """Write down what the provider says of the payment, and what follows for its order.

    Another amount or currency is refused and flagged for staff. Money for an order that has expired takes the stock
    again, or goes back; the refund's row is written here, and whoever sweeps asks the provider.
    """
    with transaction.atomic(durable=True):
        payment = lock_payment(payment_id)
        order = lock_order(payment.order_id)
        if payment.status == Payment.Status.CAPTURED:
            return payment
        if outcome.status in (Status.AUTHORISED, Status.CAPTURED) and _is_of_other_money(payment, outcome):
            _flag(payment, order, outcome, now)
            return payment
        _write(payment, order, outcome, who, now)
    return payment


def settle_free(order: Order, now: datetime) -> Payment:
    """Pay an order that costs nothing, without a provider, in the transaction that places it."""
    payment = new_payment(order, FREE, {}, now)
    _write(payment, order, Outcome(Status.CAPTURED, payment.amount, payment.currency), SYSTEM, now)
    return payment


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
    if payment.status == Payment.Status.RELEASING:  # as it was asked for
        payment.status = Payment.Status.FAILED
        note_event(order, "payment released", who, now)
        return
    payment.status, payment.error = Payment.Status.FAILED, outcome.error
    note_event(order, "payment failed", who, now, outcome.error)
    if order.state == State.PENDING:
        if order.expires_at is None:  # a promise was taken back: the stock is not held for ever
            until = now + timedelta(minutes=settings.ORDER_EXPIRES_MINUTES)
            Order.objects.filter(pk=order.pk).update(expires_at=until)
        mail_payment_failed(order, payment.pk, outcome.error, now)


def _authorised(payment: Payment, order: Order, outcome: Outcome, who: str, now: datetime) -> None:
    if payment.status in (Payment.Status.AUTHORISED, Payment.Status.FAILED, Payment.Status.RELEASING):
        return
    if order.state != State.PENDING:  # nobody waits for it any more: the sweeper has it released
        payment.status, payment.error = Payment.Status.RELEASING, _("Promised when the order did not wait for it.")
        return
    payment.status = Payment.Status.AUTHORISED
    Order.objects.filter(pk=order.pk).update(expires_at=None)
    note_event(order, "payment promised", who, now)
    mail_confirmed(order, now, is_paid=False)
    issue_invoice(order, now)


def _captured(payment: Payment, order: Order, outcome: Outcome, who: str, now: datetime) -> None:
    payment.status, payment.error = Payment.Status.CAPTURED, ""
    payment.save(update_fields=["status"])
    note_event(
        order, "payment received", who, now, f"{round_amount(payment.amount, payment.currency)} {payment.currency}"
    )
    if order.payments.filter(status=Payment.Status.CAPTURED).exclude(pk=payment.pk).exists():
        _send_back(payment, order, _("The order had been paid already."), now)
    elif order.state == State.PENDING:
        _sell(order, now)
        change_state(order, State.PAID, who, now)
        mail_confirmed(order, now, is_paid=True)
        issue_invoice(order, now)
    elif order.state == State.CANCELLED and order.expires_at is not None:
        _bring_back(payment, order, now)
    elif order.state == State.CANCELLED:
        _send_back(payment, order, _("The order had been cancelled."), now)


def _bring_back(payment: Payment, order: Order, now: datetime) -> None:
    """Paid after the order had expired: it is taken up again where everything can still be had."""
    try:
        with transaction.atomic():
            if order.lines.filter(variant=None).exists():
                raise stock.OutOfStock({})
            stock.reserve(order.quantities(), _because(order, now))
            _set_stock(order, Order.Stock.RESERVED)
            _sell(order, now)
    except stock.OutOfStock:
        order.stock = Order.Stock.RELEASED
        _send_back(payment, order, _("Paid after the order had expired, and the articles are gone."), now)
        mail_too_late(order, now)
        return
    change_state(order, State.PAID, SYSTEM, now, _("Paid after it had expired; the stock was taken again."))
    mail_confirmed(order, now, is_paid=True)
    issue_invoice(order, now)


def _sell(order: Order, now: datetime) -> None:
    if order.stock == Order.Stock.RESERVED:
        stock.consume(order.quantities(), _because(order, now))
        _set_stock(order, Order.Stock.SOLD)


def _set_stock(order: Order, state: Order.Stock) -> None:
    order.stock = state
    Order.objects.filter(pk=order.pk).update(stock=state)


def _send_back(payment: Payment, order: Order, reason: str, now: datetime) -> Refund:
    note_event(order, "refund requested", SYSTEM, now, reason)
    return request_refund(payment, payment.amount, {}, restocks=False, reason=reason, who=SYSTEM, now=now)


def _is_of_other_money(payment: Payment, outcome: Outcome) -> bool:
    return outcome.amount != payment.amount or outcome.currency != payment.currency


def _flag(payment: Payment, order: Order, outcome: Outcome, now: datetime) -> None:
    said = f"{outcome.amount} {outcome.currency}"
    asked = f"{round_amount(payment.amount, payment.currency)} {payment.currency}"
    flag = _("The provider speaks of %(said)s, but %(asked)s were asked for.") % {"said": said, "asked": asked}
    if payment.flag != flag:
        Payment.objects.filter(pk=payment.pk).update(flag=flag, updated_at=now)
        note_event(order, "payment flagged", SYSTEM, now, flag)
    payment.flag = flag


def _because(order: Order, now: datetime) -> stock.Because:
    return stock.Because(SYSTEM, f"order {order.number}", now)


SETTLERS = {
    Status.PENDING: _pending,
    Status.FAILED: _failed,
    Status.AUTHORISED: _authorised,
    Status.CAPTURED: _captured,
}
