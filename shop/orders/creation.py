"""Writing a new order with its lines, addresses and first event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from shop.orders.models import Order, OrderAddress, OrderDiscount, OrderEvent, OrderLine
from shop.postal.models import PostalAddress


def create_order(
    fields: dict[str, Any],
    lines: Sequence[OrderLine],
    delivery: PostalAddress,
    billing: PostalAddress | None,
    who: str,
    now: datetime,
) -> Order:
    """The pending order of these fields, with copies of lines and addresses; in its caller's transaction."""
    order = Order.objects.create(placed_at=now, **fields)
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(lines)
    addresses = {OrderAddress.Kind.DELIVERY: delivery, OrderAddress.Kind.BILLING: billing or delivery}
    OrderAddress.objects.bulk_create(
        OrderAddress(order=order, kind=kind, **address.values) for kind, address in addresses.items()
    )
    OrderEvent.objects.create(order=order, kind="placed", who=who, at=now)
    return order


def copy_discounts(order: Order, applied: Sequence[tuple[str, Decimal]]) -> None:
    """Which promotion took how much off the new order; in its caller's transaction."""
    OrderDiscount.objects.bulk_create(OrderDiscount(order=order, name=name, amount=amount) for name, amount in applied)
