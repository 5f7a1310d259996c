"""Refunds: write the row under the payment's lock, call the provider, then update stock and return and email.

Every step is safe to run twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from shop.fulfilment import order_stock
from shop.fulfilment.remaining import is_within, refundable, refunded_by
from shop.money import round_amount
from shop.orders.mails import mail_refunded
from shop.orders.models import Order, OrderLine, Return
from shop.orders.services import change_return_state, lock_order, lock_return, newest_event, note_event
from shop.orders.states import ActionRefused, EventKind, ReturnState
from shop.payments.gateways.interface import GatewayDown, RefundOutcome
from shop.payments.models import Payment, Refund, RefundLine
from shop.payments.services import ask_for_refund, lock_payment


def refund_payment(
    payment_id: int,
    amount: Decimal,
    quantities: Mapping[int, int],
    *,
    restocks: bool,
    reason: str,
    who: str,
    now: datetime,
    last_event: int | None = None,
) -> Refund:
    """Refund this amount for these quantities by order line, and restock them if `restocks`.

    If the provider does not answer, the refund stays requested and the sweeper retries.

    Raises ActionRefused for more than is left of amount or quantities, and if the order's newest event is no longer
    `last_event`, so that two members of staff cannot both refund.
    """
    with transaction.atomic(durable=True):
        payment = lock_payment(payment_id)
        if last_event is not None and newest_event(payment.order) != last_event:
            raise ActionRefused(_("The order has changed since you opened it. Check it and try again."))
        refund = request_refund(payment, amount, quantities, restocks=restocks, reason=reason, who=who, now=now)
        note_refund(payment.order, refund, now)
    return carry_out_refund(refund.pk, now)


def request_refund(
    payment: Payment,
    amount: Decimal,
    quantities: Mapping[int, int],
    *,
    restocks: bool,
    reason: str,
    who: str,
    now: datetime,
    of_return: Return | None = None,
) -> Refund:
    """Write the refund under the payment's lock. Raises ActionRefused for more than is left."""
    if amount <= 0 or amount != round_amount(amount, payment.currency):
        raise ActionRefused(_("Enter an amount above 0, in whole cents."))
    if amount > payment.refundable_amount:
        left = f"{round_amount(payment.refundable_amount, payment.currency)} {payment.currency}"
        raise ActionRefused(_("Only %(left)s can still be refunded. Reduce the amount.") % {"left": left})
    if not is_within(quantities, refundable(payment.order, of_return)):
        raise ActionRefused(_("The order has fewer units left to refund. Check the quantities."))
    refund = Refund.objects.create(
        payment=payment, amount=amount, restocks=restocks, reason=reason, who=who, of_return=of_return,
        created_at=now, updated_at=now,
    )  # fmt: skip
    lines, refunded = {line.pk: line for line in payment.order.lines.all()}, refunded_by(payment)
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            order_line=lines[key],
            quantity=quantity,
            amount=share_of(lines[key], quantity, payment.currency, refunded.get(key, 0)),
        )
        for key, quantity in quantities.items()
        if quantity
    )
    return refund


def note_refund(order: Order, refund: Refund, now: datetime) -> None:
    """Add the event that a refund was requested, with its amount and reason."""
    message = f"{round_amount(refund.amount, order.currency)} {order.currency} {refund.reason}".strip()
    note_event(order, EventKind.REFUND_REQUESTED, refund.who, now, message)


def carry_out_refund(refund_id: int, now: datetime) -> Refund:
    """Ask the provider for a requested refund and record the answer. Repeated calls refund once."""
    refund = Refund.objects.select_related("payment__order").get(pk=refund_id)
    if refund.status != Refund.Status.REQUESTED:
        return refund
    try:
        outcome = ask_for_refund(refund)
    except GatewayDown:
        Refund.objects.filter(pk=refund_id).update(updated_at=now)
        return refund
    return finish_refund(refund_id, outcome, now)


def finish_refund(refund_id: int, outcome: RefundOutcome, now: datetime) -> Refund:
    """Record the provider's answer to a refund. Do nothing if it has been recorded already."""
    with transaction.atomic(durable=True):
        refund = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund_id)
        if refund.status != Refund.Status.REQUESTED:
            return refund
        refund.status = Refund.Status.DONE if outcome.is_done else Refund.Status.FAILED
        refund.reference, refund.error, refund.updated_at = outcome.reference, outcome.error, now
        refund.save()
        order = lock_order(refund.payment.order_id)
        if not outcome.is_done:
            note_event(order, EventKind.REFUND_FAILED, refund.who, now, outcome.error)
            return refund
        if refund.restocks:
            order_stock.restock(order, dict(refund.lines.values_list("order_line", "quantity")), refund.who, now)
        if refund.of_return_id is not None:
            change_return_state(lock_return(refund.of_return_id), ReturnState.REFUNDED, now)
        note_event(order, EventKind.REFUNDED, refund.who, now, str(round_amount(refund.amount, order.currency)))
        mail_refunded(order, refund.pk, refund.amount, refund.reason, now)
    return refund


def share_of(line: OrderLine, quantity: int, currency: str, refunded: int = 0) -> Decimal:
    """Return the price of the next units of the line, after `refunded` ones. The shares of a line sum to its total."""
    before, after = (line.total_amount * units / line.quantity for units in (refunded, refunded + quantity))
    return round_amount(after, currency) - round_amount(before, currency)
