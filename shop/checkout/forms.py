"""What comes in from the checkout page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.orders.models import OrderAddress
from shop.payments.forms import PaymentForm
from shop.postal.countries import country_name
from shop.postal.forms import PostalAddressForm
from shop.postal.rules import CONDITIONAL, used_fields


class AddressForm(PostalAddressForm):
    """The delivery or billing address of an order, with only the fields that its country uses."""

    class Meta(PostalAddressForm.Meta):
        model = OrderAddress

    def __init__(self, *args: Any, countries: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted(((code, country_name(code)) for code in countries), key=lambda each: each[1])
        self.fields["country"].choices = named  # type: ignore[attr-defined]
        used = used_fields(str(self["country"].value() or ""))
        for name in CONDITIONAL:
            if name not in used:
                del self.fields[name]
            else:
                self.fields[name].is_conditional = used[name]  # type: ignore[attr-defined]


class CheckoutForm(PaymentForm):
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
    seen_total = forms.DecimalField(max_digits=14, decimal_places=3, widget=forms.HiddenInput)
    cart = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, payments: list[tuple[str, str]], book: list[str], **kwargs: Any) -> None:
        super().__init__(*args, payments=payments, **kwargs)
        self.fields["payment"].required = bool(payments)
        self.fields["payment"].disabled = not payments  # nothing to pay: what was chosen before is not read
        self.fields["address"].choices = [(key, key) for key in book]  # type: ignore[attr-defined]

    def clean_voucher_code(self) -> str:
        return str(self.cleaned_data["voucher_code"]).strip().upper()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip()
