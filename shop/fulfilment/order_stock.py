"""Stock of an order: held when it is placed, then sold or released. Restocking puts units back on sale.

Each function runs in its caller's transaction, which has locked the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from catalog import stock
from shop.orders.models import Order


def hold(order: Order, quantities: Mapping[int, int], who: str, now: datetime) -> None:
    """Reserve the order's quantities by variant. Raises stock.OutOfStock."""
    stock.reserve(quantities, _reason(order, who, now))
    if order.stock != Order.Stock.RESERVED:  # the default of new orders
        _note(order, Order.Stock.RESERVED)


def sell(order: Order, who: str, now: datetime) -> None:
    """Deduct the reserved units from stock. Do nothing if that has been done already."""
    if order.stock == Order.Stock.RESERVED:
        stock.consume(order.quantities(), _reason(order, who, now))
        _note(order, Order.Stock.SOLD)


def release(order: Order, who: str, now: datetime) -> None:
    """Release the reserved units. A free order's units are restocked here, since no refund will do it."""
    if order.stock == Order.Stock.RESERVED:
        stock.release(order.quantities(), _reason(order, who, now))
        _note(order, Order.Stock.RELEASED)
    elif order.stock == Order.Stock.SOLD and not order.total_amount:
        stock.restock(order.quantities(), _reason(order, who, now))
        _note(order, Order.Stock.RELEASED)


def restock(order: Order, by_line: Mapping[int, int], who: str, now: datetime) -> None:
    """Put these quantities of the order's lines back on sale."""
    stock.restock(order.quantities(by_line), _reason(order, who, now))


def _reason(order: Order, who: str, now: datetime) -> stock.Reason:
    return stock.Reason(who, f"order {order.number}", now)


def _note(order: Order, state: Order.Stock) -> None:
    order.stock = state
    Order.objects.filter(pk=order.pk).update(stock=state)
