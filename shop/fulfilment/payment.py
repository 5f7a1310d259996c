"""Asking providers, outside any transaction, and settling what they say. Asking twice does a thing once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from shop.fulfilment.settlement import settle
from shop.orders.models import Order
from shop.orders.services import SYSTEM, lock_order, note_event
from shop.orders.states import State
from shop.payments.gateways import gateway
from shop.payments.gateways.interface import GatewayDown, Status
from shop.payments.models import Payment
from shop.payments.services import ask, begin, capture, lock_payment, open_payment, void

LONGEST_PROMISE = timedelta(days=30)  # after that, staff look at what the provider does not let go of


class ActionRefused(ValueError):
    """That cannot be done with this order as it is; the sentence says why."""


def return_address(order: Order, host: str) -> str:
    """Return where a provider sends the browser back to: the site's own address; the request's only without one."""
    return f"{settings.SITE_URL or host}{order.get_absolute_url()}returned/"


def pay(order: Order, return_url: str, now: datetime) -> Payment | None:
    """Take the order's begun payment further, and settle what the provider says. Safe to run twice.

    The payment as it is then, None where none is begun. Where the provider does not answer, the payment stays begun:
    the sweeper asks what became of it.
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
    """“Pay now” on the order's page: go on with the payment that was begun, or begin another where that one failed."""
    order = Order.objects.get(pk=order_id)
    begun = order.payments.filter(status=Payment.Status.STARTED)
    if begun.exists():
        begun.filter(gateway=name).update(details=dict(details))  # for a provider that never heard of it
        found = pay(order, return_url, now)
        if found is not None and found.status != Payment.Status.FAILED:
            return found
    with transaction.atomic(durable=True):
        order = lock_order(order_id)
        if order.state != State.PENDING:
            raise ActionRefused(_("This order does not wait for a payment."))
        open_payment(order, name, details, now)
    return pay(order, return_url, now)


def receive_webhook(name: str, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Settle the payment that the webhook speaks of; whether there is one.

    Raises KeyError for an unknown provider, BadSignature for what the provider has not signed; nothing is stored then.
    """
    provider = gateway(name)
    news = provider.read_webhook(body, headers)
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
    """Take what was promised; for an order on invoice: the money has come. Raises ActionRefused, GatewayDown."""
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    if payment.status != Payment.Status.AUTHORISED:
        raise ActionRefused(_("There is nothing to capture: the payment is not promised, or has come already."))
    return settle(payment.pk, capture(payment), now, who)


def release_payment(payment_id: int, now: datetime) -> None:
    """Ask the provider to let go of a payment that is to be released, and settle what it says.

    Money that was taken in between goes back like any that comes for a cancelled order. Where the provider does not
    answer, the sweeper asks again.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != Payment.Status.RELEASING:
        return
    try:
        outcome = void(payment)
    except GatewayDown:
        Payment.objects.filter(pk=payment_id).update(updated_at=now)
        if payment.created_at < now - LONGEST_PROMISE:
            _give_up(payment_id, now)
        return
    if outcome.status in (Status.FAILED, Status.CAPTURED):
        settle(payment_id, outcome, now)
    else:
        _give_up(payment_id, now)


def _give_up(payment_id: int, now: datetime) -> None:
    with transaction.atomic(durable=True):
        payment = lock_payment(payment_id)
        order = lock_order(payment.order_id)
        if payment.status != Payment.Status.RELEASING:
            return
        payment.status, payment.updated_at = Payment.Status.FAILED, now
        payment.flag = _("Promised, and the order is cancelled. Release it at the provider.")
        payment.save(update_fields=["status", "flag", "updated_at"])
        note_event(order, "payment flagged", SYSTEM, now, payment.flag)
