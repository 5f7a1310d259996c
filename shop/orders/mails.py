"""Emails about an order, each queued in the transaction of the change that it reports."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import to_locale

from shop.languages import offered
from shop.mail import queue_mail
from shop.orders.models import Order, Return, Shipment
from shop.storefront.current import shop_settings


def mail_confirmed(order: Order, now: datetime, *, is_paid: bool) -> None:
    """Confirm an order that is paid, or will be paid on invoice."""
    _queue("orders/confirmed", order, f"order:{order.pk}", now, lines=_lines(order), is_paid=is_paid)


def mail_pay_link(order: Order, now: datetime) -> None:
    """Send the link at which the customer pays an order that staff have placed."""
    until = date_format(timezone.localtime(order.expires_at), "DATETIME_FORMAT") if order.expires_at else ""
    _queue("orders/pay_link", order, f"order:{order.pk}", now, lines=_lines(order), until=until)


def mail_payment_failed(order: Order, payment_id: int, reason: str, now: datetime) -> None:
    """Report a failed payment, with a link to try again."""
    _queue("orders/payment_failed", order, f"order:{order.pk}:payment:{payment_id}", now, reason=reason)


def mail_shipped(order: Order, shipment: Shipment, now: datetime) -> None:
    """Report a parcel."""
    lines = [
        {"title": line.order_line.title, "quantity": line.quantity}
        for line in shipment.lines.select_related("order_line")
    ]
    reference = f"order:{order.pk}:shipment:{shipment.pk}"
    _queue(
        "orders/shipped", order, reference, now, lines=lines, carrier=shipment.carrier,
        tracking_number=shipment.tracking_number, tracking_url=shipment.tracking_url,
    )  # fmt: skip


def mail_refunded(order: Order, refund_id: int, amount: Decimal, reason: str, now: datetime) -> None:
    """Report a refund."""
    reference = f"order:{order.pk}:refund:{refund_id}"
    _queue("orders/refunded", order, reference, now, amount=_money(order, amount), reason=reason)


def mail_too_late(order: Order, now: datetime) -> None:
    """Report that a late payment is refunded, since the items are sold out."""
    _queue("orders/too_late", order, f"order:{order.pk}:late", now)


def mail_return_announced(order: Order, about: Return, now: datetime) -> None:
    """Confirm a return: where to send it, and what to write on the parcel."""
    _queue_return("orders/return_announced", order, about, now, address=shop_settings().return_lines)


def mail_return_received(order: Order, about: Return, now: datetime) -> None:
    """Report that a return has arrived."""
    _queue_return("orders/return_received", order, about, now)


def mail_return_declined(order: Order, about: Return, reason: str, now: datetime) -> None:
    """Report that a return is closed without a refund, and why."""
    _queue_return("orders/return_declined", order, about, now, reason=reason)


def _queue_return(kind: str, order: Order, about: Return, now: datetime, **more: Any) -> None:
    lines = [
        {"title": line.order_line.title, "quantity": line.quantity, "received": line.received}
        for line in about.lines.select_related("order_line")
    ]
    _queue(kind, order, f"return:{about.pk}", now, lines=lines, return_number=about.number, **more)


def _queue(kind: str, order: Order, reference: str, now: datetime, **more: Any) -> None:
    context = {
        "number": order.number,
        "total": _money(order, order.total_amount),
        "order_url": f"{settings.SITE_URL}{order.get_absolute_url()}",
        **more,
    }
    queue_mail(kind, order.email, reference, context, now, language=order.language)


def _lines(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "title": line.title,
            "options": line.options,
            "quantity": line.quantity,
            "amount": _money(order, line.total_amount),
        }
        for line in order.lines.all()
    ]


def _money(order: Order, amount: Decimal) -> str:
    return format_currency(amount, order.currency, locale=to_locale(offered(order.language)))
