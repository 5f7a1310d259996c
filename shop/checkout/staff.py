"""The buttons of an order's page for staff: which there are now, and what each does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.checkout.fulfilment import (
    ActionRefused,
    cancel_order,
    capture_payment,
    complete_order,
    ship_order,
)
from shop.checkout.refunds import refund_payment
from shop.checkout.staff_forms import CancelForm, RefundForm, ShipForm
from shop.orders.models import Order
from shop.orders.services import ShipmentRefused
from shop.orders.states import State, TransitionRefused
from shop.payments.gateways.interface import GatewayDown
from shop.payments.models import Payment
from shop.payments.services import RefundRefused

REFUSALS = (ActionRefused, ShipmentRefused, RefundRefused, TransitionRefused, GatewayDown)


@dataclass(frozen=True)
class Button:
    """Something staff may do with the order now; `key` is what the form sends as its action."""

    key: str
    title: Any
    form: forms.Form


def buttons(order: Order, may: Callable[[str], bool], sent: Mapping[str, Any] | None = None) -> list[Button]:
    """The buttons that the order's state and the permissions (`may("orders.ship_order")`) leave, with their forms."""
    found, payments = [], list(order.payments.all())
    if may("orders.capture_order"):
        found += [
            Button(f"capture-{each.pk}", _("Capture the payment"), forms.Form(sent))
            for each in payments
            if each.status == Payment.Status.AUTHORISED
        ]
    if may("orders.ship_order") and order.may_become(State.SHIPPED):
        found.append(Button("ship", _("Ship"), ShipForm(sent, order=order)))
    if may("orders.ship_order") and order.may_become(State.COMPLETED):
        found.append(Button("complete", _("Complete"), forms.Form(sent)))
    if may("orders.refund_order"):
        found += [
            Button(f"refund-{each.pk}", _("Refund"), RefundForm(sent, order=order, payment=each))
            for each in payments
            if each.refundable_amount > 0
        ]
    if may("orders.cancel_order") and order.may_become(State.CANCELLED) and not order.shipments.exists():
        found.append(Button("cancel", _("Cancel the order"), CancelForm(sent)))
    return found


def press(button: Button, order: Order, who: str, now: datetime) -> None:
    """Do what the button says, with what its valid form holds. Raises one of REFUSALS, whose sentence is for staff."""
    said: dict[str, Any] = button.form.cleaned_data
    action, _dash, payment = button.key.partition("-")
    if action == "ship" and isinstance(button.form, ShipForm):
        tracking = {name: said[name] for name in ("carrier", "number", "url")}
        ship_order(order.pk, button.form.quantities, who, now, **tracking)
    elif action == "refund" and isinstance(button.form, RefundForm):
        options = {"restocks": said["restocks"], "reason": said["reason"]}
        refund_payment(int(payment), said["amount"], button.form.quantities, who=who, now=now, **options)
    elif action == "capture":
        capture_payment(int(payment), who, now)
    elif action == "complete":
        complete_order(order.pk, who, now)
    else:
        cancel_order(order.pk, who, now, said["reason"])
