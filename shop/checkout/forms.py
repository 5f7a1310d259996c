"""What comes in from the checkout page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.orders.creation import Address
from shop.postal.countries import country_name
from shop.postal.rules import CONDITIONAL, asked_fields, clean_address

FIELDS = ("name", "company", "line1", "line2", "postal_code", "city", "region", "country", "phone")
TOKENS = {
    "name": "name", "company": "organization", "line1": "address-line1", "line2": "address-line2",
    "postal_code": "postal-code", "city": "address-level2", "region": "address-level1", "country": "country",
    "phone": "tel",
}  # fmt: skip


class AddressForm(forms.Form):
    """A postal address, for whichever purpose its prefix says."""

    name = forms.CharField(label=_("Name"), max_length=150)
    company = forms.CharField(label=_("Company"), max_length=150, required=False)
    line1 = forms.CharField(label=_("Street and number"), max_length=150)
    line2 = forms.CharField(label=_("More, such as a floor"), max_length=150, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    region = forms.CharField(label=_("Region or state"), max_length=100, required=False)
    country = forms.ChoiceField(label=_("Country"))
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)

    def __init__(self, *args: Any, countries: list[str], purpose: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted(((code, country_name(code)) for code in countries), key=lambda each: each[1])
        self.fields["country"].choices = named  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.widget.attrs["autocomplete"] = f"{purpose} {TOKENS[name]}"
        asked = asked_fields(str(self["country"].value() or ""))
        for name in CONDITIONAL:
            if name not in asked:
                del self.fields[name]
            elif asked[name]:  # required: the check reports it as missing
                self.fields[name].is_conditional = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        return clean_address(self, data) if data.get("country") else data

    @property
    def address(self) -> Address:
        return Address(**{name: self.cleaned_data.get(name, "") for name in FIELDS})


class CheckoutForm(forms.Form):
    """Everything else: who, which saved address, how it is sent and paid, and the total that was seen."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    method = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    voucher_code = forms.CharField(label=_("Voucher"), max_length=40, required=False)
    note = forms.CharField(
        label=_("A note for us"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    address = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": _("This address is not in your address book any more. Choose another.")},
    )
    keeps_address = forms.BooleanField(label=_("Keep this address in my address book"), required=False)
    bills_elsewhere = forms.BooleanField(label=_("The invoice goes to another address"), required=False)
    payment = forms.ChoiceField(label=_("How do you want to pay?"))
    card = forms.CharField(
        label=_("Card number"), max_length=40, required=False, help_text=_("A test card: any number will do.")
    )
    seen_total = forms.DecimalField(max_digits=14, decimal_places=3, widget=forms.HiddenInput)
    cart = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, payments: list[tuple[str, str]], book: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payment"].choices = payments  # type: ignore[attr-defined]
        self.fields["payment"].required = bool(payments)
        self.fields["payment"].disabled = not payments  # nothing to pay: what was chosen before is not read
        self.fields["address"].choices = [(key, key) for key in book]  # type: ignore[attr-defined]

    def clean_voucher_code(self) -> str:
        return str(self.cleaned_data["voucher_code"]).strip().upper()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip()
