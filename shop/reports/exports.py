"""Rows of the order exports. They include unpaid and cancelled orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from shop.money import round_amount
from shop.orders.models import Order, OrderAddress, OrderLine
from shop.reports.period import Period
from shop.reports.sales import refunded_of

CHUNK = 500
ORDER_COLUMNS = [
    "order", "invoice", "placed_at", "state", "email", "country", "currency", "goods", "discount", "delivery", "tax",
    "tax_by_rate", "total", "refunded", "payment", "voucher",
]  # fmt: skip
LINE_COLUMNS = [
    "order", "placed_at", "state", "sku", "article", "options", "currency", "quantity", "price", "discount", "tax",
    "tax_percent", "total",
]  # fmt: skip


def order_rows(period: Period) -> Iterator[Sequence[Any]]:
    """Yield the orders placed in the period, oldest first. See ORDER_COLUMNS."""
    orders = _orders(period).select_related("invoice").prefetch_related("addresses", "lines", "payments")
    for order in orders.annotate(refunded=refunded_of("pk")).order_by("pk").iterator(CHUNK):
        invoice = getattr(order, "invoice", None)
        amounts = [order.goods_amount, order.discount_amount, order.shipping_amount, order.tax_amount]
        yield [
            order.number, str(invoice) if invoice else "", order.placed_at, order.state, order.email, _country(order),
            order.currency, *(_amount(each, order) for each in amounts), _tax_by_rate(order),
            _amount(order.total_amount, order), _amount(order.refunded, order),
            " ".join(f"{each.gateway}:{each.status}" for each in order.payments.all()), order.voucher_code,
        ]  # fmt: skip


def line_rows(period: Period) -> Iterator[Sequence[Any]]:
    """Yield the lines of these orders. See LINE_COLUMNS."""
    lines = OrderLine.objects.filter(order__in=_orders(period)).select_related("order").order_by("order_id", "pk")
    for line in lines.iterator(CHUNK):
        order = line.order
        amounts = [line.unit_amount, line.discount_amount, line.tax_amount]
        yield [
            order.number, order.placed_at, order.state, line.sku, line.title, line.options, order.currency,
            line.quantity, *(_amount(each, order) for each in amounts), _rate(line.tax_percent),
            _amount(line.total_amount, order),
        ]  # fmt: skip


def _orders(period: Period) -> QuerySet[Order]:
    return Order.objects.filter(placed_at__gte=period.begins_at, placed_at__lt=period.ends_at).order_by()


def _amount(amount: Any, order: Order) -> Any:
    return round_amount(amount, order.currency)


def _tax_by_rate(order: Order) -> str:
    """Return rates in per cent with their tax, highest first: `19:3.83 7:0.65`."""
    return " ".join(f"{_rate(each.percent)}:{_amount(each.tax_amount, order)}" for each in order.taxes)


def _rate(percent: Decimal) -> str:
    return f"{percent.normalize():f}"


def _country(order: Order) -> str:
    return next((each.country for each in order.addresses.all() if each.kind == OrderAddress.Kind.DELIVERY), "")
