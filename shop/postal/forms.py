"""The form of a postal address, on the checkout page and in the address book."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.postal.models import ADDRESS_FIELDS
from shop.postal.rules import CONDITIONAL, check_address

AUTOCOMPLETE = {
    "name": "name", "company": "organization", "line1": "address-line1", "line2": "address-line2",
    "postal_code": "postal-code", "city": "address-level2", "region": "address-level1", "country": "country",
    "phone": "tel",
}  # fmt: skip


class PostalAddressForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form of any `PostalAddress`. Its subclass names the model and the countries to choose from."""

    country = forms.ChoiceField(label=_("Country"))

    class Meta:
        fields: tuple[str, ...] = ADDRESS_FIELDS
        widgets = {"phone": forms.TextInput(attrs={"type": "tel"})}

    def __init__(self, *args: Any, purpose: str = "", **kwargs: Any) -> None:
        """`purpose` prefixes the autocomplete tokens: "shipping" or "billing"."""
        super().__init__(*args, **kwargs)
        for name, token in AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = f"{purpose} {token}".strip()
        for name in CONDITIONAL:
            self.fields[name].is_conditional = True  # type: ignore[attr-defined]  # not labelled "optional"

    def clean(self) -> dict[str, Any]:
        """Apply the rules of the country. Fields that already have an error get no second one."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("country"):
            return data
        values, errors = check_address({name: data.get(name, "") for name in ADDRESS_FIELDS})
        for name, message in errors.items():
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, message)
        return {**data, **{name: value for name, value in values.items() if name in data}}
