"""Template tags for orders: tasks for staff, payment methods, refunds and returns."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.staff.alerts import StaffAlert, staff_alert
from shop.fulfilment.returns import may_be_returned
from shop.orders.models import Order, Return
from shop.orders.states import ReturnState, State
from shop.payments.gateways import offered
from shop.payments.gateways.interface import Gateway
from shop.payments.models import Payment, Refund

register = template.Library()


@register.simple_tag
def order_alerts() -> list[StaffAlert]:
    """Return the open tasks for staff with their counts. Six queries."""
    alerts = [
        staff_alert(_("Orders to ship"), Order.objects.filter(state=State.PAID), "orders_order", "state__exact=paid"),
        staff_alert(_("Flagged payments"), Payment.objects.flagged(), "payments_payment", "flag__isempty=0"),
        staff_alert(
            _("Failed refunds"),
            Refund.objects.filter(status=Refund.Status.FAILED),
            "payments_refund",
            "status__exact=failed",
        ),
        staff_alert(
            _("Payments to capture, or on invoice"),
            Payment.objects.filter(status=Payment.Status.AUTHORISED),
            "payments_payment",
            "status__exact=authorised",
        ),
        *(
            staff_alert(title, Return.objects.filter(state=state), "orders_return", f"state__exact={state}")
            for title, state in (
                (_("Returns to receive"), ReturnState.ANNOUNCED),
                (_("Returns to refund"), ReturnState.RECEIVED),
            )
        ),
    ]
    return [each for each in alerts if each.count]


@register.simple_tag
def offered_gateways() -> list[Gateway]:
    """Return the gateways that customers can choose."""
    return list(offered().values())


@register.filter
def refunds(order: Order) -> list[Refund]:
    """Return the order's refunds, without failed ones."""
    found = Refund.objects.filter(payment__order=order).exclude(status=Refund.Status.FAILED)
    return list(found.order_by("pk"))


@register.simple_tag
def returns_of(order: Order) -> dict[str, Any]:
    """Return the order's returns, and True if the customer may announce another. No query before shipping."""
    if not order.shipments.all():
        return {}
    known = order.returns.prefetch_related("lines__order_line")
    return {"known": list(known), "is_open": may_be_returned(order, timezone.now())}
