"""Returns: announced by the customer, received and restocked, then refunded or closed without a refund."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from shop.fulfilment import order_stock
from shop.fulfilment.refunds import carry_out_refund, note_refund, request_refund, share_of
from shop.fulfilment.remaining import is_within, refunded_by, returnable
from shop.money import ZERO
from shop.orders.mails import mail_return_announced, mail_return_declined, mail_return_received
from shop.orders.models import Order, Return, ReturnLine
from shop.orders.services import change_return_state, lock_order, lock_return, note_event
from shop.orders.states import ActionRefused, EventKind, ReturnState
from shop.payments.models import Payment, Refund
from shop.payments.services import lock_payments_of


def return_until(order: Order) -> datetime | None:
    """Return the customer's deadline for announcing a return, or None before the first parcel."""
    last: datetime | None = order.shipments.aggregate(at=Max("shipped_at"))["at"]
    return last + timedelta(days=settings.RETURN_DAYS) if last else None


def may_be_returned(order: Order, now: datetime) -> bool:
    """Return True if the customer may announce a return now."""
    until = return_until(order)
    return until is not None and now <= until and bool(returnable(order))


def announce_return(
    order_id: int,
    quantities: Mapping[int, int],
    *,
    reason: str,
    who: str,
    now: datetime,
    note: str = "",
    is_late_accepted: bool = False,
) -> Return:
    """Write a return of these quantities by order line, and email the customer where to send it.

    Raises ActionRefused for more than is left, and after `return_until` unless late returns are accepted.
    """
    with transaction.atomic():
        lock_payments_of(order_id)  # a concurrent refund of the same units waits
        order = lock_order(order_id)
        until = return_until(order)
        if until is None:
            raise ActionRefused(_("This order has not been shipped yet, so nothing can be returned."))
        if now > until and not is_late_accepted:
            deadline = {"day": date_format(until, "DATE_FORMAT")}
            raise ActionRefused(_("This order could be returned until %(day)s. Contact us instead.") % deadline)
        requested = {line: quantity for line, quantity in quantities.items() if quantity}
        if not requested:
            raise ActionRefused(_("Enter a quantity for at least one item."))
        if not is_within(requested, returnable(order)):
            raise ActionRefused(_("You cannot return that many. Check the quantities."))
        announced = Return.objects.create(order=order, reason=reason, note=note, who=who, announced_at=now)
        ReturnLine.objects.bulk_create(
            ReturnLine(of_return=announced, order_line_id=line, quantity=quantity)
            for line, quantity in requested.items()
        )
        note_event(order, EventKind.RETURN_ANNOUNCED, who, now, announced.number)
        mail_return_announced(order, announced, now)
    return announced


def receive_return(
    return_id: int, received: Mapping[int, int], restocked: Mapping[int, int], who: str, now: datetime
) -> None:
    """Record what arrived, and restock what can be sold again: quantities by order line.

    Raises ActionRefused if the return is no longer expected, or for more than was announced.
    """
    with transaction.atomic(durable=True):
        order, arrived = _lock(return_id)
        change_return_state(arrived, ReturnState.RECEIVED, now)
        lines = list(arrived.lines.all())
        for line in lines:
            line.received, line.restocked = received.get(line.order_line_id, 0), restocked.get(line.order_line_id, 0)
            if not 0 <= line.restocked <= line.received <= line.quantity:
                message = _("The received quantity cannot exceed the announced one, nor the restocked the received.")
                raise ActionRefused(message)
        ReturnLine.objects.bulk_update(lines, ["received", "restocked"])
        order_stock.restock(order, {line.order_line_id: line.restocked for line in lines}, who, now)
        note_event(order, EventKind.RETURN_RECEIVED, who, now, arrived.number)
        mail_return_received(order, arrived, now)


def refund_return(return_id: int, amount: Decimal, who: str, now: datetime, reason: str = "") -> Refund | None:
    """Refund a received return, once. A return of free items is closed with an amount of 0, without a refund.

    Raises ActionRefused before it has arrived, after it was refunded, if the order is not paid, and for more than is
    left to refund.
    """
    with transaction.atomic(durable=True):
        payments = lock_payments_of(Order.objects.get(returns=return_id).pk)
        order, arrived = _lock(return_id)
        if arrived.state != ReturnState.RECEIVED or _is_being_refunded(arrived):
            raise ActionRefused(_("Only a received return can be refunded, and only once. Check its state."))
        paid = [payment for payment in payments if payment.status == Payment.Status.CAPTURED]
        if not paid:
            raise ActionRefused(_("This order is not paid. Close the return without a refund instead."))
        if not amount and not value_of(arrived):
            change_return_state(arrived, ReturnState.REFUNDED, now)
            note_event(order, EventKind.RETURN_CLOSED, who, now, f"{arrived.number} {reason}".strip())
            return None
        payment = max(paid, key=lambda each: each.refundable_amount)
        quantities = {line.order_line_id: line.received for line in arrived.lines.all()}
        refund = request_refund(
            payment, amount, quantities, restocks=False, reason=reason, who=who, now=now, of_return=arrived
        )
        note_refund(order, refund, now)
    return carry_out_refund(refund.pk, now)


def decline_return(return_id: int, reason: str, who: str, now: datetime) -> None:
    """Close the return without a refund and email the customer why. Raises ActionRefused if it is being refunded."""
    with transaction.atomic(durable=True):
        order, declined = _lock(return_id)
        if _is_being_refunded(declined):
            raise ActionRefused(_("This return is being refunded already, so it cannot be closed without a refund."))
        change_return_state(declined, ReturnState.DECLINED, now)
        note_event(order, EventKind.RETURN_DECLINED, who, now, f"{declined.number} {reason}".strip())
        mail_return_declined(order, declined, reason, now)


def value_of(received: Return) -> Decimal:
    """Return the price of the received units, at most what can still be refunded."""
    payment = max(
        received.order.payments.filter(status=Payment.Status.CAPTURED),
        key=lambda each: each.refundable_amount,
        default=None,
    )
    if payment is None:
        return ZERO
    refunded = refunded_by(payment)
    shares = (
        share_of(line.order_line, line.received, payment.currency, refunded.get(line.order_line_id, 0))
        for line in received.lines.select_related("order_line")
    )
    return min(sum(shares, ZERO), payment.refundable_amount)


def _lock(return_id: int) -> tuple[Order, Return]:
    order = lock_order(Order.objects.get(returns=return_id).pk)
    locked = lock_return(return_id)
    locked.order = order
    return order, locked


def _is_being_refunded(received: Return) -> bool:
    return Refund.objects.filter(of_return=received).exclude(status=Refund.Status.FAILED).exists()
