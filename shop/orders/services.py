"""Writing orders. Each function belongs into its caller's transaction, and leaves an event behind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from shop.orders.models import Invoice, InvoiceSeries, Order, OrderEvent, Shipment, ShipmentLine
from shop.orders.states import State, TransitionRefused

SYSTEM = "system"
SERIES = "invoices"


class ShipmentRefused(ValueError):
    """The parcel would hold more than was ordered, or nothing; the sentence says what to do."""


def lock_order(order_id: int) -> Order:
    """The order as it is now, which nobody else changes before the transaction ends."""
    return Order.objects.select_for_update().get(pk=order_id)


def change_state(order: Order, state: State, who: str, now: datetime, message: str = "") -> None:
    """Move a locked order on. Raises TransitionRefused where the table of states has no such way."""
    if not order.may_become(state):
        raise TransitionRefused(order.state, state)
    order.state = state
    Order.objects.filter(pk=order.pk).update(state=state)
    note_event(order, str(state), who, now, message)


def newest_event(order: Order) -> int:
    """Return the key of what happened last to the order: a page that was served before it is out of date."""
    return order.events.order_by("pk").values_list("pk", flat=True).last() or 0


def note_event(order: Order, kind: str, who: str, now: datetime, message: str = "") -> OrderEvent:
    """Write down what happened to the order."""
    return OrderEvent.objects.create(order=order, kind=kind, message=message, who=who, at=now)


def issue_invoice(order: Order, now: datetime) -> Invoice:
    """The order's invoice, with the next number of the series where it has none yet.

    The number is taken and the invoice written in one transaction, so a number is never lost: call it last in a
    long transaction, since until the commit nobody else can issue one.
    """
    with transaction.atomic():
        found = Invoice.objects.filter(order=order).first()
        if found is not None:
            return found
        InvoiceSeries.objects.get_or_create(name=SERIES)
        InvoiceSeries.objects.filter(name=SERIES).update(last_number=F("last_number") + 1)
        number = InvoiceSeries.objects.values_list("last_number", flat=True).get(name=SERIES)
        return Invoice.objects.create(order=order, number=number, issued_at=now)


def unshipped(order: Order) -> dict[int, int]:
    """Pieces that still are to be sent, by line of the order."""
    sent = dict(
        ShipmentLine.objects.filter(order_line__order=order).values_list("order_line").annotate(pieces=Sum("quantity"))
    )
    return {line.pk: line.quantity - sent.get(line.pk, 0) for line in order.lines.all()}


def ship(
    order: Order, quantities: Mapping[int, int], who: str, now: datetime, *, carrier: str = "", number: str = "",
    url: str = "",
) -> Shipment:  # fmt: skip
    """Write a parcel of a locked order: pieces by line. With the last pieces, the order has been shipped.

    Raises ShipmentRefused for more pieces than are left to send, TransitionRefused where the order may not be sent.
    """
    left = unshipped(order)
    wanted = {line: pieces for line, pieces in quantities.items() if pieces}
    if not wanted or any(pieces < 0 or pieces > left.get(line, 0) for line, pieces in wanted.items()):
        raise ShipmentRefused(_("That is nothing, or more than what is left to send. Look at the quantities again."))
    if not order.may_become(State.SHIPPED):
        raise TransitionRefused(order.state, State.SHIPPED)
    shipment = Shipment.objects.create(
        order=order, carrier=carrier, tracking_number=number, tracking_url=url, shipped_at=now
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, order_line_id=line, quantity=pieces) for line, pieces in wanted.items()
    )
    note_event(order, "shipment", who, now, str(shipment))
    if sum(left.values()) == sum(wanted.values()):
        change_state(order, State.SHIPPED, who, now)
    return shipment
