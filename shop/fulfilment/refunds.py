"""Money back: the row first, under the payment's lock; then the provider; then what follows. Each may run twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from catalog import stock
from shop.money import round_amount
from shop.orders.mails import mail_refunded
from shop.orders.models import Order
from shop.orders.returns import write_refunded
from shop.orders.services import lock_order, newest_event, note_event
from shop.payments.gateways.interface import GatewayDown, RefundOutcome
from shop.payments.models import Refund
from shop.payments.services import RefundRefused, ask_for_refund, lock_payment, request_refund


def refund_payment(
    payment_id: int,
    amount: Decimal,
    lines: Mapping[int, int],
    *,
    restocks: bool,
    reason: str,
    who: str,
    now: datetime,
    seen: int | None = None,
) -> Refund:
    """Give so much of the payment back, and put the pieces of these lines on the shelf where `restocks` says so.

    Raises RefundRefused above what was captured and not yet refunded, and where something has happened to the order
    since its event `seen`: of two who press at the same moment, one gives money back. Where the provider does not
    answer, the refund stays requested, and the sweeper asks again.
    """
    with transaction.atomic(durable=True):
        payment = lock_payment(payment_id)
        if seen is not None and newest_event(payment.order) != seen:
            raise RefundRefused(_("The order has changed meanwhile. Look at it and press again."))
        refund = request_refund(payment, amount, lines, restocks=restocks, reason=reason, who=who, now=now)
        note_refund(payment.order, refund, now)
    return carry_out_refund(refund.pk, now)


def note_refund(order: Order, refund: Refund, now: datetime) -> None:
    """Write down that money is on its way back, how much and why."""
    said = f"{round_amount(refund.amount, order.currency)} {order.currency} {refund.reason}".strip()
    note_event(order, "refund requested", refund.who, now, said)


def carry_out_refund(refund_id: int, now: datetime) -> Refund:
    """Ask the provider for a requested refund and write down what it says. Asking twice gives the money back once."""
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
    """Write down what became of the refund; the second time, nothing happens."""
    with transaction.atomic(durable=True):
        refund = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund_id)
        if refund.status != Refund.Status.REQUESTED:
            return refund
        refund.status = Refund.Status.DONE if outcome.is_done else Refund.Status.FAILED
        refund.reference, refund.error, refund.updated_at = outcome.reference, outcome.error, now
        refund.save()
        order = lock_order(refund.payment.order_id)
        if not outcome.is_done:
            note_event(order, "refund failed", refund.who, now, outcome.error)
            return refund
        if refund.restocks:
            lines = refund.lines.exclude(order_line__variant=None).values_list("order_line__variant", "quantity")
            pieces: dict[int, int] = {}
            for variant, quantity in lines:
                pieces[variant] = pieces.get(variant, 0) + quantity
            stock.restock(pieces, stock.Because(refund.who, f"order {order.number}", now))
        if refund.of_return_id is not None:
            write_refunded(refund.of_return_id, now)
        note_event(order, "refunded", refund.who, now, str(round_amount(refund.amount, order.currency)))
        mail_refunded(order, refund.pk, refund.amount, refund.reason, now)
    return refund
