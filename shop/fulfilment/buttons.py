"""Buttons for staff on an order's page, as its state and their permissions allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from shop.fulfilment.forms import (
    ActionForm,
    CancelForm,
    CaptureForm,
    CompleteForm,
    DeclineForm,
    ReceiveForm,
    RefundForm,
    RefundReturnForm,
    ReturnForm,
    ShipForm,
)
from shop.fulfilment.remaining import returnable
from shop.orders.models import Order
from shop.orders.states import ReturnState, State
from shop.payments.models import Payment

Permitted = Callable[[str], bool]  # such as `user.has_perm`


@dataclass(frozen=True)
class Button:
    """An action that staff may take now. Its form is submitted with `key` as the action."""

    key: str
    title: Any
    form: ActionForm


def buttons(
    order: Order, may: Permitted, submitted: Mapping[str, Any] | None = None, last_event: int | None = None
) -> list[Button]:
    """Return the buttons with their forms. `last_event` is the newest event that the page showed."""
    found: list[Button] = []

    def offer(key: str, title: Any, form: type[ActionForm], **extra: Any) -> None:
        found.append(Button(key, title, form(submitted, order=order, **extra)))

    payments = list(order.payments.all())
    for each in payments:
        if may("orders.capture_order") and each.status == Payment.Status.AUTHORISED:
            offer(f"capture-{each.pk}", _("Capture payment"), CaptureForm, payment=each)
    if may("orders.ship_order") and order.may_become(State.SHIPPED):
        offer("ship", _("Ship"), ShipForm)
    if may("orders.ship_order") and order.may_become(State.COMPLETED):
        offer("complete", _("Complete"), CompleteForm)
    for each in payments:
        if may("orders.refund_order") and each.refundable_amount > 0:
            offer(f"refund-{each.pk}", _("Refund"), RefundForm, payment=each, last_event=last_event)
    if may("orders.cancel_order") and order.may_become(State.CANCELLED) and not order.shipments.exists():
        offer("cancel", _("Cancel order"), CancelForm)
    for open_return in order.returns.filter(closed_at=None).prefetch_related("lines"):
        open_return.order, key, number = order, open_return.pk, {"number": open_return.number}
        if may("orders.change_return") and open_return.state == ReturnState.ANNOUNCED:
            offer(f"receive-{key}", _("Receive return %(number)s") % number, ReceiveForm, of_return=open_return)
        if may("orders.refund_order") and open_return.state == ReturnState.RECEIVED:
            title = _("Refund return %(number)s") % number
            offer(f"refund_return-{key}", title, RefundReturnForm, of_return=open_return)
        if may("orders.change_return"):
            title = _("Close return %(number)s without a refund") % number
            offer(f"decline-{key}", title, DeclineForm, of_return=open_return)
    if may("orders.change_return") and returnable(order):
        offer("return", _("Announce a return"), ReturnForm)
    return found
