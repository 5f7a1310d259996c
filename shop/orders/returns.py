"""Writing returns. Each function belongs into its caller's transaction, which has locked the order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Sum
from django.utils.translation import gettext as _

from shop.orders.models import Order, Return, ReturnLine, ShipmentLine
from shop.orders.services import note_event
from shop.orders.states import ReturnState


class ReturnRefused(ValueError):
    """That cannot come back, or not like this; the sentence says what to do."""


def shipped(order: Order) -> dict[int, int]:
    """Pieces that were sent, by line of the order."""
    sent = ShipmentLine.objects.filter(order_line__order=order).values_list("order_line")
    return dict(sent.annotate(pieces=Sum("quantity")))


def coming_back(order: Order, apart_from: Return | None = None) -> dict[int, int]:
    """Pieces that returns stand for, by line of the order: announced ones, and those that the shop has got."""
    lines = ReturnLine.objects.filter(of_return__order=order)
    return (lines.exclude(of_return=apart_from) if apart_from else lines).pieces()


def lock_return(return_id: int) -> Return:
    """The return as it is now, which nobody else changes before the transaction ends; after its order."""
    return Return.objects.select_for_update().get(pk=return_id)


def write_return(
    order: Order,
    quantities: Mapping[int, int],
    left: Mapping[int, int],
    reason: str,
    note: str,
    who: str,
    now: datetime,
) -> Return:
    """A return of so many pieces by line of the locked order. Raises ReturnRefused for none, or more than `left`."""
    wanted = {line: pieces for line, pieces in quantities.items() if pieces}
    if not wanted:
        raise ReturnRefused(_("Say of at least one article how many pieces come back."))
    if any(pieces < 0 or pieces > left.get(line, 0) for line, pieces in wanted.items()):
        raise ReturnRefused(_("That is more than can still come back. Look at the quantities again."))
    made = Return.objects.create(order=order, reason=reason, note=note, who=who, announced_at=now)
    ReturnLine.objects.bulk_create(
        ReturnLine(of_return=made, order_line_id=line, quantity=pieces) for line, pieces in wanted.items()
    )
    note_event(order, "return announced", who, now, made.number)
    return made


def write_received(
    goods: Return, arrived: Mapping[int, int], shelved: Mapping[int, int], who: str, now: datetime
) -> None:
    """How many pieces of a locked return arrived, and how many of these can be sold again, by line of the order.

    Raises ReturnRefused for more than was announced, more on the shelf than arrived, or a return that is no longer
    awaited.
    """
    _change(goods, ReturnState.RECEIVED)
    lines = list(goods.lines.all())
    for line in lines:
        line.received, line.restocked = arrived.get(line.order_line_id, 0), shelved.get(line.order_line_id, 0)
        if not 0 <= line.restocked <= line.received <= line.quantity:
            raise ReturnRefused(_("No more can arrive than was announced, nor more go on the shelf than arrived."))
    ReturnLine.objects.bulk_update(lines, ["received", "restocked"])
    goods.received_at = now
    goods.save(update_fields=["state", "received_at"])
    note_event(goods.order, "return received", who, now, goods.number)


def write_refunded(return_id: int, now: datetime) -> None:
    """The money for the return has gone back; the refund's own event says so."""
    goods = lock_return(return_id)
    _change(goods, ReturnState.REFUNDED)
    goods.closed_at = now
    goods.save(update_fields=["state", "closed_at"])


def write_declined(goods: Return, reason: str, who: str, now: datetime) -> None:
    """Close a locked return without money. Raises ReturnRefused where it is closed already."""
    _change(goods, ReturnState.DECLINED)
    goods.closed_at = now
    goods.save(update_fields=["state", "closed_at"])
    note_event(goods.order, "return declined", who, now, f"{goods.number} {reason}".strip())


def _change(goods: Return, state: ReturnState) -> None:
    if not goods.may_become(state):
        said = {"number": goods.number, "state": goods.get_state_display()}
        raise ReturnRefused(_("That cannot be done: the return %(number)s is “%(state)s”.") % said)
    goods.state = state
