"""Payments and refunds: their rows, and the calls to providers, which run outside transactions.

`shop.fulfilment.settlement` applies the outcomes to orders and stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from shop.money import round_amount
from shop.orders.models import Order
from shop.payments.gateways import gateway
from shop.payments.gateways.interface import Outcome, RefundOutcome, Request, Status
from shop.payments.gateways.offline import FREE
from shop.payments.models import Payment, Refund


def open_payment(order: Order, name: str, details: Mapping[str, str], now: datetime) -> Payment:
    """Return the order's pending payment, or create one. The order must be locked."""
    begun = order.payments.filter(status__in=Payment.BEGUN).first()
    return begun or new_payment(order, name, details, now)


def new_payment(order: Order, name: str, details: Mapping[str, str], now: datetime) -> Payment:
    """Create a payment of the order's total. Orders that cost nothing use the free gateway."""
    return Payment.objects.create(
        order=order,
        gateway=name if order.total_amount else FREE,
        amount=order.total_amount,
        currency=order.currency,
        details=dict(details),
        created_at=now,
        updated_at=now,
    )


def lock_payment(payment_id: int) -> Payment:
    """Lock the payment until the transaction ends."""
    return Payment.objects.select_for_update(of=("self",)).select_related("order").get(pk=payment_id)


def lock_payments_of(order_id: int) -> list[Payment]:
    """Lock all payments of the order. Call this before locking the order, as `settle` does."""
    payments = Payment.objects.select_for_update(of=("self",)).select_related("order")
    return list(payments.filter(order_id=order_id).order_by("pk"))


def begin(payment: Payment, return_url: str, now: datetime) -> Outcome:
    """Start the payment at its provider. After GatewayDown, it is unknown whether it was charged."""
    _outside_transactions()
    Payment.objects.filter(pk=payment.pk, status=Payment.Status.CREATED).update(
        status=Payment.Status.STARTED, updated_at=now
    )
    if not payment.amount:  # a voucher covers the total; providers reject an amount of zero
        return Outcome(Status.CAPTURED, payment.amount, payment.currency)
    return gateway(payment.gateway).start(
        Request(
            key=str(payment.key),
            amount=round_amount(payment.amount, payment.currency),
            currency=payment.currency,
            description=_("Order %(number)s") % {"number": payment.order.number},
            email=payment.order.email,
            return_url=return_url,
            details=payment.details,
        )
    )


def ask(payment: Payment) -> Outcome | None:
    """Return the payment's state at its provider; None if the provider does not know it. Raises GatewayDown."""
    _outside_transactions()
    return gateway(payment.gateway).look_up(str(payment.key), payment.reference)


def capture(payment: Payment) -> Outcome:
    """Capture an authorised payment. Raises GatewayDown."""
    _outside_transactions()
    amount = round_amount(payment.amount, payment.currency)
    return gateway(payment.gateway).capture(str(payment.key), payment.reference, amount, payment.currency)


def void(payment: Payment) -> Outcome:
    """Void an authorised payment. Raises GatewayDown."""
    _outside_transactions()
    amount = round_amount(payment.amount, payment.currency)
    return gateway(payment.gateway).void(str(payment.key), payment.reference, amount, payment.currency)


def ask_for_refund(refund: Refund) -> RefundOutcome:
    """Refund at the provider. Repeated calls refund once. Raises GatewayDown."""
    _outside_transactions()
    payment = refund.payment
    amount = round_amount(refund.amount, payment.currency)
    return gateway(payment.gateway).refund(
        str(payment.key), payment.reference, str(refund.key), amount, payment.currency
    )


def _outside_transactions() -> None:
    """Forbid calls in a transaction: a provider takes seconds, and rows would stay locked."""
    with transaction.atomic(durable=True):
        pass  # raises RuntimeError within another transaction
