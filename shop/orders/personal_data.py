"""Orders in a customer's data export and erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shop.accounts.models import Customer
from shop.accounts.personal_data import register
from shop.orders.models import Order, OrderAddress, OrderEvent, Return
from shop.orders.states import State

GONE = "erased@example.invalid"


def export(customer: Customer) -> list[dict[str, Any]]:
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


def erase(customer: Customer, now: datetime) -> None:
    """Detach the customer from their orders; orders that never became invoices lose their addresses too.

    The law requires invoices to be kept. Open orders keep the address to deliver to.
    """
    own = list(Order.objects.filter(customer=customer).values_list("pk", flat=True))
    Order.objects.filter(pk__in=own).update(customer=None, note="")
    Return.objects.filter(order__in=own).update(note="")
    never_sold = Order.objects.filter(pk__in=own, invoice=None, state=State.CANCELLED)
    OrderAddress.objects.filter(order__in=never_sold).delete()
    OrderEvent.objects.filter(order__in=never_sold, who__iexact=customer.email).update(who=GONE)
    never_sold.update(email=GONE)


register("orders", export=export, erase=erase)
