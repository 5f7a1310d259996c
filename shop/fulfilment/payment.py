"""Payments at their providers: begin, resume, capture, release, and webhooks.

Calls to providers run outside any transaction; each answer is settled in one. Everything here is safe to run twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from shop.fulfilment.settlement import flag_payment, settle
from shop.orders.models import Order
from shop.orders.services import lock_order
from shop.orders.states import ActionRefused, State
from shop.payments.gateways import gateway
from shop.payments.gateways.interface import GatewayDown, Status
from shop.payments.models import Payment
from shop.payments.services import ask, begin, capture, lock_payment, open_payment, void

RELEASE_DEADLINE = timedelta(days=30)  # after that, staff must release the payment at the provider


def pay(order: Order, return_url: str, now: datetime) -> Payment | None:
    """Begin or resume the order's open payment and settle the provider's answer.

    Return the payment, or None if none is open. If the provider does not answer, the sweeper retries later.
    """
    payment = order.payments.filter(status__in=Payment.BEGUN).select_related("order").first()
    if payment is None or payment.status == Payment.Status.AUTHORISED:
        return payment
    try:
        was_asked = payment.status == Payment.Status.STARTED
        outcome = (ask(payment) if was_asked else None) or begin(payment, return_url, now)
    except GatewayDown:
        return Payment.objects.get(pk=payment.pk)
    return settle(payment.pk, outcome, now)


def pay_again(order_id: int, name: str, details: Mapping[str, str], return_url: str, now: datetime) -> Payment | None:
    """Resume the order's open payment, or begin another if that one failed.

    Raises ActionRefused unless the order is waiting for a payment.
    """
    order = Order.objects.get(pk=order_id)
    started = order.payments.filter(status=Payment.Status.STARTED)
    if started.exists():
        # Only used if the provider never received the first request.
        started.filter(gateway=name).update(details=dict(details))
        payment = pay(order, return_url, now)
        if payment is not None and payment.status != Payment.Status.FAILED:
            return payment
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if order.state != State.PENDING:
            raise ActionRefused(_("This order is not waiting for a payment."))
        open_payment(order, name, details, now)
    return pay(order, return_url, now)


def next_page(payment: Payment | None, order: Order) -> tuple[str, str]:
    """Return the URL where the customer continues, and the error to show there if the payment failed."""
    if payment is not None and payment.status == Payment.Status.STARTED and payment.next_url:
        return payment.next_url, ""
    if payment is not None and payment.status == Payment.Status.FAILED:
        error = payment.error or _("Your payment failed. Try again, or choose another method.")
        return order.get_absolute_url(), error
    return order.get_absolute_url(), ""


def return_address(order: Order, root_url: str) -> str:
    """Return the URL to which a provider sends the browser back. Use `root_url` only if SITE_URL is not set."""
    return f"{(settings.SITE_URL or root_url).rstrip('/')}{order.get_absolute_url()}returned/"


def receive_webhook(name: str, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Settle the payment that the webhook is about. Return False if there is none.

    Raises KeyError for an unknown provider and BadSignature for a webhook that the provider has not signed.
    """
    news = gateway(name).read_webhook(body, headers)
    if news is None:
        return False
    try:
        payment = Payment.objects.filter(gateway=name, key=uuid.UUID(news.key)).first()
    except ValueError:
        return False
    if payment is None:
        return False
    settle(payment.pk, news.outcome, now, who=name)
    return True


def capture_payment(payment_id: int, who: str, now: datetime) -> Payment:
    """Capture an authorised payment, or record that an invoice was paid. Raises ActionRefused, GatewayDown."""
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    if payment.status != Payment.Status.AUTHORISED:
        raise ActionRefused(_("This payment is not authorised, or has been captured already. Check its status."))
    return settle(payment.pk, capture(payment), now, who)


def release_payment(payment_id: int, now: datetime) -> None:
    """Ask the provider to release a payment that is marked for release.

    If the provider has captured it meanwhile, refund it. If the provider does not answer, the sweeper retries until
    the deadline.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != Payment.Status.RELEASING:
        return
    try:
        outcome = void(payment)
    except GatewayDown:
        Payment.objects.filter(pk=payment_id).update(updated_at=now)
        if payment.created_at < now - RELEASE_DEADLINE:
            _leave_to_staff(payment_id, now)
        return
    if outcome.status in (Status.FAILED, Status.CAPTURED):
        settle(payment_id, outcome, now)
    else:
        _leave_to_staff(payment_id, now)


def _leave_to_staff(payment_id: int, now: datetime) -> None:
    with transaction.atomic(durable=True):
        payment = lock_payment(payment_id)
        order = lock_order(payment.order_id)
        if payment.status == Payment.Status.RELEASING:
            payment.status = Payment.Status.FAILED
            payment.save(update_fields=["status"])
            flag_payment(payment, order, _("Authorised for a cancelled order. Release it at the provider."), now)
