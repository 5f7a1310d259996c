"""Forms of the cart."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.cart.models import LARGEST_QUANTITY
from shop.postal.countries import is_country

TOO_FEW = _("The quantity must be at least %(limit_value)s.")
TOO_MANY = _("The quantity can be at most %(limit_value)s.")
LARGEST_KEY = 2**63 - 1


class QuantityField(forms.IntegerField):
    """A quantity that a cart can hold."""

    def __init__(self, min_quantity: int = 1, **kwargs: Any) -> None:
        messages = {
            "invalid": _("Enter a whole number, such as 2."),
            "max_value": TOO_MANY,
            "min_value": TOO_FEW,
        }
        super().__init__(
            label=_("Quantity"), min_value=min_quantity, max_value=LARGEST_QUANTITY, error_messages=messages, **kwargs
        )


class AddForm(forms.Form):
    """A variant and its quantity."""

    variant = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_KEY,
        error_messages={"required": _("Choose an option first.")},
    )
    quantity = QuantityField(required=False)

    def clean_quantity(self) -> int:
        return self.cleaned_data["quantity"] or 1


class LineForm(forms.Form):
    """A line's new quantity. 0 or the remove button removes it."""

    quantity = QuantityField(min_quantity=0, required=False)
    remove = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("remove"):
            cleaned["quantity"] = 0
        elif cleaned.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", _("Enter a whole number, such as 2."))
        return cleaned


class EstimateForm(forms.Form):
    """The country and voucher code to estimate totals for."""

    country = forms.CharField(required=False, max_length=2)
    voucher_code = forms.CharField(required=False, max_length=40)

    def clean_country(self) -> str:
        code = str(self.cleaned_data["country"]).upper()
        if code and not is_country(code):
            raise forms.ValidationError(_("Choose a country from the list."))
        return code

    def clean_voucher_code(self) -> str:
        return str(self.cleaned_data["voucher_code"]).strip().upper()
