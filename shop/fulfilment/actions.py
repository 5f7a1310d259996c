"""What staff and customers do with an order: ship, complete, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from catalog import stock
from shop.accounts.models import Customer
from shop.cart.models import Cart
from shop.cart.services import refill_cart
from shop.fulfilment.payment import ActionRefused, release_payment
from shop.fulfilment.refunds import carry_out_refund
from shop.money import ZERO
from shop.orders.mails import mail_shipped
from shop.orders.models import Order, Shipment
from shop.orders.services import change_state, lock_order, ship
from shop.orders.states import State
from shop.payments.models import Payment, Refund
from shop.payments.services import lock_payments_of, request_refund, returned
from shop.promotions.services import give_back


def ship_order(
    order_id: int,
    quantities: Mapping[int, int],
    who: str,
    now: datetime,
    *,
    carrier: str = "",
    number: str = "",
    url: str = "",
) -> Shipment:
    """Send a parcel with so many pieces of each line, and tell the customer.

    Raises ActionRefused before the order is paid or promised, ShipmentRefused for more than is left to send,
    TransitionRefused where the order is cancelled or completed.
    """
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if order.state == State.PENDING and not _is_promised(order):
            raise ActionRefused(_("This order is not paid yet."))
        if order.stock == Order.Stock.RESERVED:
            stock.consume(order.quantities(), stock.Because(who, f"order {order.number}", now))
            Order.objects.filter(pk=order.pk).update(stock=Order.Stock.SOLD)
        shipment = ship(order, quantities, who, now, carrier=carrier, number=number, url=url)
        mail_shipped(order, shipment, now)
    return shipment


def complete_order(order_id: int, who: str, now: datetime) -> None:
    """Nothing is owed on either side any more. Raises ActionRefused, TransitionRefused."""
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if not order.payments.filter(status=Payment.Status.CAPTURED).exists() and order.total_amount:
            raise ActionRefused(_("This order is not paid yet."))
        change_state(order, State.COMPLETED, who, now)


def cancel_order(order_id: int, who: str, now: datetime, reason: str = "") -> list[Refund]:
    """Call the order off before anything was sent: stock and voucher are free again, and all money goes back.

    The refunds that this asked for. Raises ActionRefused once a parcel is on its way, TransitionRefused where the
    state has no such way.
    """
    with transaction.atomic(durable=True):
        payments = lock_payments_of(order_id)
        order = lock_order(order_id)
        if order.shipments.exists():
            raise ActionRefused(_("A parcel is on its way. Refund what comes back instead."))
        if order.payments.exclude(pk__in=[payment.pk for payment in payments]).exists():
            raise ActionRefused(_("A payment came in just now. Look at the order again."))
        withdraw(order, who, now, reason)
        _shelve_free(order, who, now)
        # Without a time at which it expires: money that comes now does not bring the order back, it goes back itself.
        Order.objects.filter(pk=order.pk).update(expires_at=None)
        refunds = [_refund_all(payment, who, reason, now) for payment in payments if payment.refundable_amount > ZERO]
    for payment in payments:
        release_payment(payment.pk, now)
    return [carry_out_refund(refund.pk, now) for refund in refunds]


def cancel_and_refill(order_id: int, customer: Customer | None, token: str, now: datetime) -> Cart:
    """Cancel an unpaid order for its customer and put what it was for into the visitor's cart.

    Raises ActionRefused for what is paid or promised; TransitionRefused for what is over.
    """
    order = Order.objects.get(pk=order_id)
    if order.state != State.PENDING or order.expires_at is None:
        raise ActionRefused("Only an unpaid order is called off by its customer.")
    cancel_order(order_id, order.email, now)
    return refill_cart(customer, token, order.quantities(), now)


def withdraw(order: Order, who: str, now: datetime, reason: str = "") -> None:
    """Cancel an order and give back what it held; its caller's transaction has locked its payments, then the order.

    What was promised is to be released: by the caller after the commit, or by the sweeper.
    """
    change_state(order, State.CANCELLED, who, now, reason)
    if order.stock == Order.Stock.RESERVED:
        stock.release(order.quantities(), stock.Because(who, f"order {order.number}", now))
        Order.objects.filter(pk=order.pk).update(stock=Order.Stock.RELEASED)
    give_back(order)
    ended = {"error": _("The order was cancelled."), "updated_at": now}
    order.payments.filter(status=Payment.Status.CREATED).update(status=Payment.Status.FAILED, **ended)
    order.payments.filter(status=Payment.Status.AUTHORISED).update(status=Payment.Status.RELEASING, **ended)


def _shelve_free(order: Order, who: str, now: datetime) -> None:
    """Put the pieces of an order that cost nothing back on the shelf; other orders are restocked with their refund."""
    if order.stock == Order.Stock.SOLD and not order.total_amount:
        stock.restock(order.quantities(), stock.Because(who, f"order {order.number}", now))
        Order.objects.filter(pk=order.pk).update(stock=Order.Stock.RELEASED)


def _refund_all(payment: Payment, who: str, reason: str, now: datetime) -> Refund:
    back = returned(payment)
    lines = {line.pk: line.quantity - back.get(line.pk, 0) for line in payment.order.lines.all()}
    return request_refund(payment, payment.refundable_amount, lines, restocks=True, reason=reason, who=who, now=now)


def _is_promised(order: Order) -> bool:
    return order.payments.filter(status=Payment.Status.AUTHORISED).exists()
