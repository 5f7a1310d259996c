"""Forms for an order: the return form, and the forms of the staff actions that `buttons` offers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.fulfilment.actions import cancel_order, complete_order, ship_order
from shop.fulfilment.payment import capture_payment
from shop.fulfilment.refunds import refund_payment
from shop.fulfilment.remaining import refundable, returnable, shippable
from shop.fulfilment.returns import announce_return, decline_return, receive_return, refund_return, value_of
from shop.money import round_amount
from shop.orders.models import Order, Return
from shop.payments.models import Payment


class ActionForm(forms.Form):
    """An action on an order that staff confirm with this form."""

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order

    def apply(self, who: str, now: datetime) -> None:
        """Carry out the action with the valid form's values. Raises ActionRefused."""
        raise NotImplementedError


class QuantitiesForm(ActionForm):
    """An action on some units of the order: a quantity for each line, up to what is left of it."""

    def __init__(self, *args: Any, left: Mapping[int, int], is_filled: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = [line for line in self.order.lines.all() if left.get(line.pk)]
        self.keys = [line.pk for line in lines]
        for line in lines:
            label = " ".join(filter(None, [line.title, line.options, f"({line.sku})"]))
            self.fields[f"quantity-{line.pk}"] = _units_field(label, left[line.pk], is_filled)

    @property
    def quantities(self) -> dict[int, int]:
        """Quantities by order line, without zeros."""
        entered = {key: self.cleaned_data.get(f"quantity-{key}") or 0 for key in self.keys}
        return {key: quantity for key, quantity in entered.items() if quantity}


class CaptureForm(ActionForm):
    def __init__(self, *args: Any, payment: Payment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment = payment

    def apply(self, who: str, now: datetime) -> None:
        capture_payment(self.payment.pk, who, now)


class ShipForm(QuantitiesForm):
    carrier = forms.CharField(label=_("Carrier"), max_length=60, required=False)
    number = forms.CharField(label=_("Tracking number"), max_length=80, required=False)
    url = forms.URLField(label=_("Tracking link"), required=False, assume_scheme="https")

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, order=order, left=shippable(order), is_filled=True, **kwargs)

    def apply(self, who: str, now: datetime) -> None:
        tracking = {name: self.cleaned_data[name] for name in ("carrier", "number", "url")}
        ship_order(self.order.pk, self.quantities, who, now, **tracking)


class CompleteForm(ActionForm):
    def apply(self, who: str, now: datetime) -> None:
        complete_order(self.order.pk, who, now)


class RefundForm(QuantitiesForm):
    """A refund of any amount, for some units or for none."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    reason = forms.CharField(label=_("Reason, for the customer"), max_length=200, required=False)
    restocks = forms.BooleanField(label=_("Restock these units"), required=False)

    def __init__(self, *args: Any, order: Order, payment: Payment, last_event: int | None, **kwargs: Any) -> None:
        super().__init__(*args, order=order, left=refundable(order), is_filled=False, **kwargs)
        self.payment, self.last_event = payment, last_event

    def apply(self, who: str, now: datetime) -> None:
        refund_payment(
            self.payment.pk,
            self.cleaned_data["amount"],
            self.quantities,
            restocks=self.cleaned_data["restocks"],
            reason=self.cleaned_data["reason"],
            who=who,
            now=now,
            last_event=self.last_event,
        )


class CancelForm(ActionForm):
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def apply(self, who: str, now: datetime) -> None:
        cancel_order(self.order.pk, who, now, self.cleaned_data["reason"])


class ReturnForm(QuantitiesForm):
    """The items to return and the reason. Customers use this form, too."""

    reason = forms.ChoiceField(label=_("Why are you returning it?"), choices=Return.Reason.choices)
    note = forms.CharField(
        label=_("Comments"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, order=order, left=returnable(order), is_filled=False, **kwargs)
        self.order_fields([*(f"quantity-{key}" for key in self.keys), "reason", "note"])
        for key in self.keys:
            field = self.fields[f"quantity-{key}"]
            field.help_text = _("At most %(max)s.") % {"max": getattr(field, "max_value", "")}

    def announce(self, who: str, now: datetime, *, is_late_accepted: bool = False) -> Return:
        """Announce the return. Raises ActionRefused."""
        reasons = {"reason": self.cleaned_data["reason"], "note": self.cleaned_data["note"]}
        return announce_return(
            self.order.pk, self.quantities, who=who, now=now, is_late_accepted=is_late_accepted, **reasons
        )

    def apply(self, who: str, now: datetime) -> None:
        self.announce(who, now, is_late_accepted=True)


class ReceiveForm(QuantitiesForm):
    """Units of a return that arrived, and how many of them can be sold again."""

    def __init__(self, *args: Any, of_return: Return, **kwargs: Any) -> None:
        announced = {line.order_line_id: line.quantity for line in of_return.lines.all()}
        super().__init__(*args, left=announced, is_filled=True, **kwargs)
        self.of_return = of_return
        for key in self.keys:
            received = self.fields[f"quantity-{key}"]
            received.label = _("Received: %(item)s") % {"item": received.label}
            self.fields[f"restock-{key}"] = _units_field(_("of these, restock"), announced[key], is_filled=True)
        self.order_fields([name for key in self.keys for name in (f"quantity-{key}", f"restock-{key}")])

    def apply(self, who: str, now: datetime) -> None:
        restocked = {key: self.cleaned_data.get(f"restock-{key}") or 0 for key in self.keys}
        receive_return(self.of_return.pk, self.quantities, restocked, who, now)


class RefundReturnForm(ActionForm):
    """The refund of a received return: the price of its units, unless staff enter another amount."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=3, min_value=Decimal(0))
    reason = forms.CharField(label=_("Reason, for the customer"), max_length=200, required=False)

    def __init__(self, *args: Any, of_return: Return, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of_return = of_return
        self.value = round_amount(value_of(of_return), self.order.currency)
        self.fields["amount"].initial = self.value

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if self.value and not amount:
            raise forms.ValidationError(_("Enter an amount above 0, or close the return without a refund."))
        return amount

    def apply(self, who: str, now: datetime) -> None:
        refund_return(self.of_return.pk, self.cleaned_data["amount"], who, now, self.cleaned_data["reason"])


class DeclineForm(ActionForm):
    reason = forms.CharField(label=_("Reason, for the customer"), max_length=200)

    def __init__(self, *args: Any, of_return: Return, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of_return = of_return

    def apply(self, who: str, now: datetime) -> None:
        decline_return(self.of_return.pk, self.cleaned_data["reason"], who, now)


def _units_field(label: Any, left: int, is_filled: bool) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=left, initial=left if is_filled else 0
    )
