"""The mails about an order, each queued in the transaction whose news it brings."""

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


def mail_confirmed(order: Order, now: datetime, *, is_paid: bool) -> None:
    """The order is certain: it is paid, or it will be on invoice."""
    _queue("orders/confirmed", order, f"order:{order.pk}", now, lines=_lines(order), is_paid=is_paid)


def mail_pay_link(order: Order, now: datetime) -> None:
    """Somebody of the staff has placed the order; it is paid on its page, until it expires."""
    until = date_format(timezone.localtime(order.expires_at), "DATETIME_FORMAT") if order.expires_at else ""
    _queue("orders/pay_link", order, f"order:{order.pk}", now, lines=_lines(order), until=until)


def mail_payment_failed(order: Order, payment_id: int, reason: str, now: datetime) -> None:
    """An attempt to pay failed; the order's page takes another one."""
    _queue("orders/payment_failed", order, f"order:{order.pk}:payment:{payment_id}", now, reason=reason)


def mail_shipped(order: Order, shipment: Shipment, now: datetime) -> None:
    """A parcel is on its way."""
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
    """Money went back."""
    reference = f"order:{order.pk}:refund:{refund_id}"
    _queue("orders/refunded", order, reference, now, amount=_money(order, amount), reason=reason)


def mail_too_late(order: Order, now: datetime) -> None:
    """The payment came when the articles were gone, and goes back."""
    _queue("orders/too_late", order, f"order:{order.pk}:late", now)


def mail_return_announced(order: Order, goods: Return, now: datetime) -> None:
    """We know what comes back; where to send it, and what to write on the parcel."""
    _queue_return("orders/return_announced", order, goods, now, address=settings.SELLER.splitlines())


def mail_return_received(order: Order, goods: Return, now: datetime) -> None:
    """What was sent back has arrived."""
    _queue_return("orders/return_received", order, goods, now)


def mail_return_declined(order: Order, goods: Return, reason: str, now: datetime) -> None:
    """No money goes back for the return, and why."""
    _queue_return("orders/return_declined", order, goods, now, reason=reason)


def _queue_return(kind: str, order: Order, goods: Return, now: datetime, **more: Any) -> None:
    lines = [
        {"title": line.order_line.title, "quantity": line.quantity, "received": line.received}
        for line in goods.lines.select_related("order_line")
    ]
    _queue(kind, order, f"return:{goods.pk}", now, lines=lines, return_number=goods.number, **more)


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
