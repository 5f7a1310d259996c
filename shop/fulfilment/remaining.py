"""Quantities of an order, by line, that can still be shipped, returned or refunded."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet, Sum

from shop.orders.models import Order, Return, ReturnLine, ShipmentLine
from shop.payments.models import Payment, Refund, RefundLine

Quantities = Mapping[int, int]


def shippable(order: Order) -> dict[int, int]:
    """Return what has not been shipped yet, for every line."""
    shipped = _shipped(order)
    return {line.pk: line.quantity - shipped.get(line.pk, 0) for line in order.lines.all()}


def refundable(order: Order, of_return: Return | None = None) -> dict[int, int]:
    """Return what can still be refunded, for every line.

    Units in a return are refunded through that return (`of_return`) only.
    """
    returned = _returned(order, of_return)
    refunded = _sums(_refund_lines().filter(refund__payment__order=order, refund__of_return=None))
    return {line.pk: line.quantity - returned.get(line.pk, 0) - refunded.get(line.pk, 0) for line in order.lines.all()}


def returnable(order: Order) -> dict[int, int]:
    """Return what has been shipped and is neither refunded nor in a return; only lines with some left."""
    shipped, returned = _shipped(order), _returned(order)
    left = {
        line: min(shipped.get(line, 0) - returned.get(line, 0), unrefunded)
        for line, unrefunded in refundable(order).items()
    }
    return {line: quantity for line, quantity in left.items() if quantity > 0}


def refunded_by(payment: Payment) -> dict[int, int]:
    """Return the quantities that this payment's refunds are for."""
    return _sums(_refund_lines().filter(refund__payment=payment))


def is_within(quantities: Quantities, left: Quantities) -> bool:
    """Return True unless a quantity is negative or larger than what is left of its line."""
    return all(0 <= quantity <= left.get(line, 0) for line, quantity in quantities.items())


def _shipped(order: Order) -> dict[int, int]:
    return _sums(ShipmentLine.objects.filter(order_line__order=order))


def _returned(order: Order, apart_from: Return | None = None) -> dict[int, int]:
    lines = ReturnLine.objects.filter(of_return__order=order)
    return (lines.exclude(of_return=apart_from) if apart_from else lines).quantities()


def _refund_lines() -> QuerySet[RefundLine, RefundLine]:
    return RefundLine.objects.exclude(refund__status=Refund.Status.FAILED)


def _sums(lines: QuerySet[ShipmentLine] | QuerySet[RefundLine]) -> dict[int, int]:
    return dict(lines.order_by().values_list("order_line").annotate(sum=Sum("quantity")))
