"""Forms about an order: its parcels and refunds, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.fulfilment.returns import returnable, worth_of
from shop.money import round_amount
from shop.orders.models import Order, Return
from shop.orders.services import unshipped
from shop.payments.models import Payment
from shop.payments.services import spoken_for


class PiecesForm(forms.Form):
    """A number of pieces for each line of the order, none where nothing is said."""

    def __init__(self, *args: Any, left: Mapping[int, int], order: Order, fill: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pieces = [line.pk for line in order.lines.all() if left.get(line.pk)]
        for line in order.lines.all():
            if left.get(line.pk):
                label = " ".join(filter(None, [line.title, line.options, f"({line.sku})"]))
                self.fields[f"pieces-{line.pk}"] = forms.IntegerField(
                    label=label,
                    required=False,
                    min_value=0,
                    max_value=left[line.pk],
                    initial=left[line.pk] if fill else 0,
                )

    @property
    def quantities(self) -> dict[int, int]:
        """Pieces by line; only what is above none."""
        said = {key: self.cleaned_data.get(f"pieces-{key}") or 0 for key in self.pieces}
        return {key: pieces for key, pieces in said.items() if pieces}


class ShipForm(PiecesForm):
    """A parcel."""

    carrier = forms.CharField(label=_("Carrier"), max_length=60, required=False)
    number = forms.CharField(label=_("Tracking number"), max_length=80, required=False)
    url = forms.URLField(label=_("Address to follow it"), required=False, assume_scheme="https")

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, order=order, left=unshipped(order), fill=True, **kwargs)


class RefundForm(PiecesForm):
    """Money back, for pieces that come back or for none."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    reason = forms.CharField(label=_("Reason, for the customer"), max_length=200, required=False)
    restocks = forms.BooleanField(label=_("Put these pieces back on the shelf"), required=False)

    def __init__(self, *args: Any, order: Order, payment: Payment, **kwargs: Any) -> None:
        taken = spoken_for(order)
        left = {line.pk: line.quantity - taken.get(line.pk, 0) for line in order.lines.all()}
        super().__init__(*args, order=order, left=left, fill=False, **kwargs)


class CancelForm(forms.Form):
    """Calling an order off."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class ReturnForm(PiecesForm):
    """Pieces that come back, and why."""

    reason = forms.ChoiceField(label=_("Why does it come back?"), choices=Return.Reason.choices)
    note = forms.CharField(
        label=_("Anything we should know?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, order=order, left=returnable(order), fill=False, **kwargs)
        self.order_fields([*(f"pieces-{key}" for key in self.pieces), "reason", "note"])
        for key in self.pieces:
            field = self.fields[f"pieces-{key}"]
            field.help_text = _("At most %(most)s.") % {"most": getattr(field, "max_value", "")}


class ReceiveForm(PiecesForm):
    """What arrived of a return, and what of that can be sold again."""

    def __init__(self, *args: Any, goods: Return, **kwargs: Any) -> None:
        announced = {line.order_line_id: line.quantity for line in goods.lines.all()}
        super().__init__(*args, order=goods.order, left=announced, fill=True, **kwargs)
        for key in self.pieces:
            arrived = self.fields[f"pieces-{key}"]
            self.fields[f"shelf-{key}"] = forms.IntegerField(
                label=_("of these back on the shelf"),
                required=False,
                min_value=0,
                max_value=announced[key],
                initial=announced[key],
            )
            arrived.label = _("Arrived: %(article)s") % {"article": arrived.label}
        self.order_fields([name for key in self.pieces for name in (f"pieces-{key}", f"shelf-{key}")])

    @property
    def shelved(self) -> dict[int, int]:
        """Pieces that go back on the shelf, by line."""
        return {key: self.cleaned_data.get(f"shelf-{key}") or 0 for key in self.pieces}


class PaybackForm(forms.Form):
    """The money for a return that has arrived: what the pieces cost, unless staff say otherwise."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=3, min_value=Decimal(0))
    reason = forms.CharField(label=_("Reason, for the customer"), max_length=200, required=False)

    def __init__(self, *args: Any, goods: Return, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worth = round_amount(worth_of(goods), goods.order.currency)
        self.fields["amount"].initial = self.worth

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if self.worth and not amount:
            raise forms.ValidationError(_("Enter an amount above 0, or close the return without money."))
        return amount


class DeclineForm(forms.Form):
    """Closing a return without money."""

    reason = forms.CharField(label=_("Reason, for the customer"), max_length=200)
