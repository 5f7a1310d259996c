"""Actions on an order: ship, complete, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.models import Customer
from shop.cart.models import Cart
from shop.cart.services import refill_cart
from shop.fulfilment import order_stock
from shop.fulfilment.payment import release_payment
from shop.fulfilment.refunds import carry_out_refund, request_refund
from shop.fulfilment.remaining import is_within, refundable, shippable
from shop.money import ZERO
from shop.orders.mails import mail_shipped
from shop.orders.models import Order, Shipment, ShipmentLine
from shop.orders.services import change_state, lock_order, note_event
from shop.orders.states import ActionRefused, EventKind, State, TransitionRefused
from shop.payments.models import Payment, Refund
from shop.payments.services import lock_payments_of
from shop.promotions.services import restore_voucher


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
    """Send a parcel with these quantities by order line, and email the customer.

    The parcel with the last units marks the order as shipped. Raises ActionRefused before the payment is authorised,
    for an empty parcel and for more than is left to ship.
    """
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if order.state == State.PENDING and not _is_authorised(order):
            raise ActionRefused(_("This order is not paid yet. Wait for the payment or cancel the order."))
        if not order.may_become(State.SHIPPED):
            raise TransitionRefused(order.state, State.SHIPPED)
        left, parcel = shippable(order), {line: quantity for line, quantity in quantities.items() if quantity}
        if not parcel or not is_within(parcel, left):
            raise ActionRefused(
                _("The parcel is empty, or has more units than are left to ship. Check the quantities.")
            )
        order_stock.sell(order, who, now)
        shipment = Shipment.objects.create(
            order=order, carrier=carrier, tracking_number=number, tracking_url=url, shipped_at=now
        )
        ShipmentLine.objects.bulk_create(
            ShipmentLine(shipment=shipment, order_line_id=line, quantity=quantity) for line, quantity in parcel.items()
        )
        note_event(order, EventKind.SHIPMENT, who, now, str(shipment))
        if sum(left.values()) == sum(parcel.values()):
            change_state(order, State.SHIPPED, who, now)
        mail_shipped(order, shipment, now)
    return shipment


def complete_order(order_id: int, who: str, now: datetime) -> None:
    """Close an order that is paid and shipped. Raises ActionRefused."""
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if not order.payments.filter(status=Payment.Status.CAPTURED).exists() and order.total_amount:
            raise ActionRefused(_("This order is not paid yet. Capture its payment first."))
        change_state(order, State.COMPLETED, who, now)


def cancel_order(order_id: int, who: str, now: datetime, reason: str = "") -> list[Refund]:
    """Cancel the order before anything is shipped: release stock and voucher, and refund all payments.

    Raises ActionRefused once a parcel has been sent.
    """
    with transaction.atomic(durable=True):
        payments = lock_payments_of(order_id)
        order = lock_order(order_id)
        if order.shipments.exists():
            raise ActionRefused(_("A parcel has been sent already. Refund what the customer returns instead."))
        if order.payments.exclude(pk__in=[payment.pk for payment in payments]).exists():
            raise ActionRefused(_("A payment has just come in. Check the order and try again."))
        withdraw(order, who, now, reason)
        # Without an expiry, a payment that comes in later is refunded; with one, it would revive the order.
        Order.objects.filter(pk=order.pk).update(expires_at=None)
        refunds = [
            request_refund(
                payment, payment.refundable_amount, refundable(order), restocks=True, reason=reason, who=who, now=now
            )
            for payment in payments
            if payment.refundable_amount > ZERO
        ]
    for payment in payments:
        release_payment(payment.pk, now)
    return [carry_out_refund(refund.pk, now) for refund in refunds]


def cancel_and_refill(order_id: int, customer: Customer | None, token: str, now: datetime) -> Cart:
    """Cancel an unpaid order for its customer and put its items back into the visitor's cart.

    Raises ActionRefused unless the order is waiting for a payment.
    """
    order = Order.objects.get(pk=order_id)
    if order.state != State.PENDING or order.expires_at is None:
        raise ActionRefused("Customers can cancel unpaid orders only.")
    cancel_order(order_id, order.email, now)
    return refill_cart(customer, token, order.quantities(), now)


def withdraw(order: Order, who: str, now: datetime, reason: str = "") -> None:
    """Cancel an order and release its stock, voucher and open payments.

    The caller's transaction has locked the payments, then the order. Authorised payments are marked for release:
    the caller or the sweeper calls the provider after the commit.
    """
    change_state(order, State.CANCELLED, who, now, reason)
    order_stock.release(order, who, now)
    restore_voucher(order)
    ended = {"error": _("The order was cancelled."), "updated_at": now}
    order.payments.filter(status=Payment.Status.CREATED).update(status=Payment.Status.FAILED, **ended)
    order.payments.filter(status=Payment.Status.AUTHORISED).update(status=Payment.Status.RELEASING, **ended)


def _is_authorised(order: Order) -> bool:
    return order.payments.filter(status=Payment.Status.AUTHORISED).exists()
