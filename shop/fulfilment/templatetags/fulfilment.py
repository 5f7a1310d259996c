"""Orders in templates: what staff must do, how to pay, refunds and returns."""

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
    """What staff must look at, or do; six queries."""
    alerts = [
        staff_alert(_("To be sent"), Order.objects.filter(state=State.PAID), "orders_order", "state__exact=paid"),
        staff_alert(_("Payments that are flagged"), Payment.objects.flagged(), "payments_payment", "flag__isempty=0"),
        staff_alert(
            _("Refunds that failed"),
            Refund.objects.filter(status=Refund.Status.FAILED),
            "payments_refund",
            "status__exact=failed",
        ),
        staff_alert(
            _("Payments on invoice, or to be captured"),
            Payment.objects.filter(status=Payment.Status.AUTHORISED),
            "payments_payment",
            "status__exact=authorised",
        ),
        *(
            staff_alert(title, Return.objects.filter(state=state), "orders_return", f"state__exact={state}")
            for title, state in (
                (_("Returns on their way"), ReturnState.ANNOUNCED),
                (_("Returns to be refunded"), ReturnState.RECEIVED),
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
    """What goes or went back of the order, without what failed."""
    given = Refund.objects.filter(payment__order=order).exclude(status=Refund.Status.FAILED)
    return list(given.order_by("pk"))


@register.simple_tag
def returns_of(order: Order) -> dict[str, Any]:
    """The order's returns, and whether its customer may announce another; asks nothing before a parcel was sent."""
    if not order.shipments.all():
        return {}
    known = order.returns.prefetch_related("lines__order_line")
    return {"known": list(known), "is_open": may_be_returned(order, timezone.now())}
