"""The form in which a customer chooses how to pay."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.payments.gateways import details_for, offered


class PaymentForm(forms.Form):
    """A payment method, and the fields that the offered gateways declare."""

    payment = forms.ChoiceField(label=_("Payment method"))

    def __init__(self, *args: Any, payments: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payment"].choices = payments  # type: ignore[attr-defined]
        for each in offered().values():
            self.fields |= deepcopy(dict(each.fields))

    @property
    def details(self) -> dict[str, str]:
        """The values for the chosen gateway."""
        return details_for(self.cleaned_data["payment"], self.cleaned_data)
