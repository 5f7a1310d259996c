"""What staff send by the buttons of an order's page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.checkout.pieces import PiecesForm
from shop.orders.models import Order
from shop.orders.services import unshipped
from shop.payments.models import Payment
from shop.payments.services import spoken_for


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
