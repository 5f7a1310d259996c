"""Returns of what was sent: announced, received with what goes back on the shelf, refunded or closed without money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog import stock
from shop.fulfilment.refunds import carry_out_refund, note_refund
from shop.money import ZERO
from shop.orders.mails import mail_return_announced, mail_return_declined, mail_return_received
from shop.orders.models import Order, Return
from shop.orders.returns import (
    ReturnRefused,
    coming_back,
    lock_return,
    shipped,
    write_declined,
    write_received,
    write_refunded,
    write_return,
)
from shop.orders.services import lock_order, note_event
from shop.orders.states import ReturnState
from shop.payments.models import Payment, Refund
from shop.payments.services import lock_payments_of, request_refund, returned, share_of, spoken_for


def returnable(order: Order) -> dict[int, int]:
    """Pieces that were sent and are neither on their way back nor paid back, by line; only lines with some."""
    sent, back, taken = shipped(order), coming_back(order), spoken_for(order)
    left = {
        line.pk: min(sent.get(line.pk, 0) - back.get(line.pk, 0), line.quantity - taken.get(line.pk, 0))
        for line in order.lines.all()
    }
    return {line: pieces for line, pieces in left.items() if pieces > 0}


def return_until(order: Order) -> datetime | None:
    """Until when its customer may announce a return: so many days after the last parcel; None before the first."""
    last: datetime | None = order.shipments.aggregate(at=Max("shipped_at"))["at"]
    return last + timedelta(days=settings.RETURN_DAYS) if last else None


def may_be_returned(order: Order, now: datetime) -> bool:
    """Whether its customer may announce a return now."""
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
    """Write down what comes back, pieces by line of the order, and tell the customer where to send it.

    Raises ReturnRefused for what was not sent, for more than is left, and after `return_until` unless late ones are
    accepted.
    """
    with transaction.atomic():
        lock_payments_of(order_id)  # a refund of the same pieces waits
        order = lock_order(order_id)
        until = return_until(order)
        if until is None:
            raise ReturnRefused(_("Nothing of this order has been sent yet, so nothing can come back."))
        if now > until and not is_late_accepted:
            said = {"day": date_format(until, "DATE_FORMAT")}
            raise ReturnRefused(_("This order could be returned until %(day)s. Write to us instead.") % said)
        made = write_return(order, quantities, returnable(order), reason, note, who, now)
        mail_return_announced(order, made, now)
    return made


def receive_return(
    return_id: int, arrived: Mapping[int, int], shelved: Mapping[int, int], who: str, now: datetime
) -> None:
    """What of the return arrived, and what of that goes back on the shelf: pieces by line of the order.

    Raises ReturnRefused where it is not awaited (any more), or for more pieces than were announced.
    """
    with transaction.atomic(durable=True):
        order, goods = _lock(return_id)
        write_received(goods, arrived, shelved, who, now)
        stock.restock(_shelved(goods), stock.Because(who, f"order {order.number}", now))
        mail_return_received(order, goods, now)


def refund_return(return_id: int, amount: Decimal, who: str, now: datetime, reason: str = "") -> Refund | None:
    """Give so much back for a return that has arrived, once. What follows is every refund's way (`refunds`).

    A return of what was free is closed with an amount of 0, and without a refund. Raises ReturnRefused before it has
    arrived, after its money has gone back, and where the order was not paid; RefundRefused above what was captured and
    not yet refunded.
    """
    with transaction.atomic(durable=True):
        payments = lock_payments_of(Order.objects.get(returns=return_id).pk)
        order, goods = _lock(return_id)
        if goods.state != ReturnState.RECEIVED or _is_being_refunded(goods):
            raise ReturnRefused(_("Money goes back once, for a return that has arrived. Look at this one again."))
        paid = [payment for payment in payments if payment.status == Payment.Status.CAPTURED]
        if not paid:
            raise ReturnRefused(_("This order is not paid, so no money can go back. Close the return instead."))
        if not amount and not worth_of(goods):
            write_refunded(return_id, now)
            note_event(order, "return closed", who, now, f"{goods.number} {reason}".strip())
            return None
        payment = max(paid, key=lambda each: each.refundable_amount)
        lines = {line.order_line_id: line.received for line in goods.lines.all()}
        refund = request_refund(
            payment, amount, lines, restocks=False, reason=reason, who=who, now=now, of_return=goods
        )
        note_refund(order, refund, now)
    return carry_out_refund(refund.pk, now)


def decline_return(return_id: int, reason: str, who: str, now: datetime) -> None:
    """Close the return without money, and tell the customer why. Raises ReturnRefused where money is on its way."""
    with transaction.atomic(durable=True):
        order, goods = _lock(return_id)
        if _is_being_refunded(goods):
            raise ReturnRefused(_("Money for this return is on its way already."))
        write_declined(goods, reason, who, now)
        mail_return_declined(order, goods, reason, now)


def worth_of(goods: Return) -> Decimal:
    """What the pieces that arrived had cost, as far as it can still go back."""
    payment = max(
        goods.order.payments.filter(status=Payment.Status.CAPTURED),
        key=lambda each: each.refundable_amount,
        default=None,
    )
    if payment is None:
        return ZERO
    already = returned(payment)
    shares = (
        share_of(line.order_line, line.received, payment.currency, already.get(line.order_line_id, 0))
        for line in goods.lines.select_related("order_line")
    )
    return min(sum(shares, ZERO), payment.refundable_amount)


def _lock(return_id: int) -> tuple[Order, Return]:
    order = lock_order(Order.objects.get(returns=return_id).pk)
    goods = lock_return(return_id)
    goods.order = order
    return order, goods


def _is_being_refunded(goods: Return) -> bool:
    return Refund.objects.filter(of_return=goods).exclude(status=Refund.Status.FAILED).exists()


def _shelved(goods: Return) -> dict[int, int]:
    """Pieces by variant, without variants that have been deleted since."""
    pieces: dict[int, int] = {}
    for line in goods.lines.select_related("order_line"):
        if line.order_line.variant_id is not None:
            pieces[line.order_line.variant_id] = pieces.get(line.order_line.variant_id, 0) + line.restocked
    return pieces
