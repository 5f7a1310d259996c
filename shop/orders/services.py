"""Orders and returns: create, lock, change the state, add events, issue the invoice.

Functions that write run in their caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from shop.accounts.models import Customer
from shop.orders.models import (
    Invoice,
    InvoiceSeries,
    Order,
    OrderAddress,
    OrderDiscount,
    OrderEvent,
    OrderLine,
    Return,
)
from shop.orders.states import ActionRefused, EventKind, ReturnState, State, TransitionRefused
from shop.postal.models import PostalAddress

SYSTEM = "system"
SERIES = "invoices"


@dataclass(frozen=True)
class OrderDraft:
    """Everything that `create_order` copies. Up to `voucher_code`, the names are those of the order's columns."""

    cart_id: int
    customer: Customer | None
    email: str
    language: str
    note: str
    expires_at: datetime
    currency: str
    goods_amount: Decimal
    discount_amount: Decimal
    shipping_amount: Decimal
    shipping_tax_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal
    tax_name: str
    shipping_tax_percent: Decimal
    is_tax_included: bool
    shipping_name: str
    voucher_code: str
    lines: Sequence[OrderLine]
    discounts: Sequence[tuple[str, Decimal]]
    delivery: PostalAddress
    billing: PostalAddress


def create_order(draft: OrderDraft, who: str, now: datetime) -> Order:
    """Write the pending order with its lines, discounts, addresses and first event."""
    rows = {"lines", "discounts", "delivery", "billing"}
    columns = {each.name: getattr(draft, each.name) for each in fields(draft) if each.name not in rows}
    order = Order.objects.create(placed_at=now, **columns)
    for line in draft.lines:
        line.order = order
    OrderLine.objects.bulk_create(draft.lines)
    OrderDiscount.objects.bulk_create(
        OrderDiscount(order=order, name=name, amount=amount) for name, amount in draft.discounts
    )
    addresses = {OrderAddress.Kind.DELIVERY: draft.delivery, OrderAddress.Kind.BILLING: draft.billing}
    OrderAddress.objects.bulk_create(
        OrderAddress(order=order, kind=kind, **address.values) for kind, address in addresses.items()
    )
    note_event(order, EventKind.PLACED, who, now)
    return order


def adopt_orders(customer: Customer, email: str) -> int:
    """Assign the guest orders with this verified address to the customer. Return how many."""
    return Order.objects.filter(customer=None, email__iexact=email).update(customer=customer)


def has_bought(customer: Customer, product_id: int) -> bool:
    """Return True if the customer has paid for any variant of the product."""
    return Order.objects.paid().filter(customer=customer, lines__variant__product_id=product_id).exists()


def lock_order(order_id: int) -> Order:
    """Return the order, locked until the transaction ends."""
    return Order.objects.select_for_update().get(pk=order_id)


def lock_return(return_id: int) -> Return:
    """Return the return, locked until the transaction ends. Lock its order first."""
    return Return.objects.select_for_update().get(pk=return_id)


def change_state(order: Order, state: State, who: str, now: datetime, message: str = "") -> None:
    """Change the state of a locked order and add the event. Raises TransitionRefused."""
    if not order.may_become(state):
        raise TransitionRefused(order.state, state)
    order.state = state
    Order.objects.filter(pk=order.pk).update(state=state)
    note_event(order, EventKind(state), who, now, message)


def change_return_state(locked: Return, state: ReturnState, now: datetime) -> None:
    """Change the state of a locked return. Raises ActionRefused."""
    if not locked.may_become(state):
        facts = {"number": locked.number, "state": locked.get_state_display()}
        raise ActionRefused(_("Return %(number)s is “%(state)s”, so this is not possible. Check its state.") % facts)
    locked.state = state
    if state == ReturnState.RECEIVED:
        locked.received_at = now
    else:
        locked.closed_at = now
    locked.save(update_fields=["state", "received_at", "closed_at"])


def note_event(order: Order, kind: EventKind, who: str, now: datetime, message: str = "") -> None:
    """Add an event to the order's history."""
    OrderEvent.objects.create(order=order, kind=kind, message=message, who=who, at=now)


def newest_event(order: Order) -> int:
    """Return the key of the order's newest event. A page that shows an older one is out of date."""
    return order.events.order_by("pk").values_list("pk", flat=True).last() or 0


def issue_invoice(order: Order, now: datetime) -> Invoice:
    """Return the order's invoice, issued with the next number of the series if there is none yet.

    Number and invoice are written in one transaction, so the series has no gaps. Until the commit, no other invoice
    can be issued: call this last in a long transaction.
    """
    with transaction.atomic():
        invoice = Invoice.objects.filter(order=order).first()
        if invoice is not None:
            return invoice
        InvoiceSeries.objects.get_or_create(name=SERIES)
        InvoiceSeries.objects.filter(name=SERIES).update(last_number=F("last_number") + 1)
        number = InvoiceSeries.objects.values_list("last_number", flat=True).get(name=SERIES)
        return Invoice.objects.create(order=order, number=number, issued_at=now)
