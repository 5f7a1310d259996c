"""A customer's orders: joined to the account, exported, and detached from the person when they are to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shop.accounts.models import Customer
from shop.orders.models import Order, OrderAddress, OrderEvent, Return
from shop.orders.states import State

GONE = "erased@example.invalid"


def adopt_orders(customer: Customer, email: str) -> int:
    """Give the customer what was ordered as a guest with an address that is proven to be theirs; how many orders."""
    return Order.objects.filter(customer=None, email__iexact=email).update(customer=customer)


def has_bought(customer: Customer, product_id: int) -> bool:
    """Whether the customer has paid for any variant of the product."""
    return Order.objects.paid().filter(customer=customer, lines__variant__product_id=product_id).exists()


def export_orders(customer: Customer) -> list[dict[str, Any]]:
    """What the customer ordered, as JSON."""
    return [
        {
            "number": order.number,
            "placed_at": order.placed_at.isoformat(),
            "state": order.state,
            "email": order.email,
            "note": order.note,
            "total": str(order.total_amount),
            "currency": order.currency,
            "lines": [
                {"title": line.title, "sku": line.sku, "quantity": line.quantity, "total": str(line.total_amount)}
                for line in order.lines.all()
            ],
            "returns": [
                {
                    "number": each.number,
                    "announced_at": each.announced_at.isoformat(),
                    "state": each.state,
                    "reason": each.reason,
                    "note": each.note,
                }
                for each in order.returns.all()
            ],
            "addresses": [{"kind": each.kind, "address": each.lines} for each in order.addresses.all()],
        }
        for order in Order.objects.for_page().prefetch_related("returns").filter(customer=customer)
    ]


def erase_orders(customer: Customer, now: datetime) -> None:
    """Take the person off what is over; the law keeps invoices, so those of the last years stay with their addresses.

    Orders that are still on their way keep what they need to arrive; staff see to them.
    """
    own = list(Order.objects.filter(customer=customer).values_list("pk", flat=True))
    Order.objects.filter(pk__in=own).update(customer=None, note="")
    Return.objects.filter(order__in=own).update(note="")
    never_sold = Order.objects.filter(pk__in=own, invoice=None, state=State.CANCELLED)
    OrderAddress.objects.filter(order__in=never_sold).delete()
    OrderEvent.objects.filter(order__in=never_sold, who__iexact=customer.email).update(who=GONE)
    never_sold.update(email=GONE)
