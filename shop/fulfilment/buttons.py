"""The buttons of an order's page for staff: which there are now, and what each does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.fulfilment.actions import cancel_order, complete_order, ship_order
from shop.fulfilment.forms import CancelForm, DeclineForm, PaybackForm, ReceiveForm, RefundForm, ReturnForm, ShipForm
from shop.fulfilment.payment import ActionRefused, capture_payment
from shop.fulfilment.refunds import refund_payment
from shop.fulfilment.returns import announce_return, decline_return, receive_return, refund_return, returnable
from shop.orders.models import Order
from shop.orders.returns import ReturnRefused
from shop.orders.services import ShipmentRefused
from shop.orders.states import ReturnState, State, TransitionRefused
from shop.payments.gateways.interface import GatewayDown
from shop.payments.models import Payment
from shop.payments.services import RefundRefused

REFUSALS = (ActionRefused, ShipmentRefused, RefundRefused, ReturnRefused, TransitionRefused, GatewayDown)


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
    return found + _buttons_of_returns(order, may, sent)


def _buttons_of_returns(order: Order, may: Callable[[str], bool], sent: Mapping[str, Any] | None) -> list[Button]:
    found = []
    for each in order.returns.filter(closed_at=None).prefetch_related("lines"):
        each.order, named = order, {"number": each.number}
        if may("orders.change_return") and each.state == ReturnState.ANNOUNCED:
            title = _("Receive return %(number)s") % named
            found.append(Button(f"receive-{each.pk}", title, ReceiveForm(sent, goods=each)))
        if may("orders.refund_order") and each.state == ReturnState.RECEIVED:
            title = _("Give money back for return %(number)s") % named
            found.append(Button(f"payback-{each.pk}", title, PaybackForm(sent, goods=each)))
        if may("orders.change_return"):
            title = _("Close return %(number)s without money") % named
            found.append(Button(f"decline-{each.pk}", title, DeclineForm(sent)))
    if may("orders.change_return") and returnable(order):
        found.append(Button("return", _("Announce a return"), ReturnForm(sent, order=order)))
    return found


def press(button: Button, order: Order, who: str, now: datetime, seen: int | None = None) -> None:
    """Do what the button says, with what its valid form holds. Raises one of REFUSALS, whose sentence is for staff.

    `seen` is the newest event of the order when its page was served.
    """
    said: dict[str, Any] = button.form.cleaned_data
    action, _dash, which = button.key.partition("-")
    if action == "ship" and isinstance(button.form, ShipForm):
        tracking = {name: said[name] for name in ("carrier", "number", "url")}
        ship_order(order.pk, button.form.quantities, who, now, **tracking)
    elif action == "refund" and isinstance(button.form, RefundForm):
        options = {"restocks": said["restocks"], "reason": said["reason"], "seen": seen}
        refund_payment(int(which), said["amount"], button.form.quantities, who=who, now=now, **options)
    elif action == "capture":
        capture_payment(int(which), who, now)
    elif action == "complete":
        complete_order(order.pk, who, now)
    elif action in ("return", "receive", "payback", "decline"):
        _press_for_return(button.form, order, who, now, action, which)
    else:
        cancel_order(order.pk, who, now, said["reason"])


def _press_for_return(form: forms.Form, order: Order, who: str, now: datetime, action: str, which: str) -> None:
    said: dict[str, Any] = form.cleaned_data
    if isinstance(form, ReturnForm):
        why = {"reason": said["reason"], "note": said["note"]}
        announce_return(order.pk, form.quantities, who=who, now=now, is_late_accepted=True, **why)
    elif isinstance(form, ReceiveForm):
        receive_return(int(which), form.quantities, form.shelved, who, now)
    elif action == "payback":
        refund_return(int(which), said["amount"], who, now, said["reason"])
    else:
        decline_return(int(which), said["reason"], who, now)
