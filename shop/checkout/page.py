"""The checkout page: its forms and its quote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.accounts.models import Address as SavedAddress
from shop.accounts.models import Customer
from shop.cart.models import Cart
from shop.checkout.quote import Quote, QuoteOptions, delivery_countries, quote_lines
from shop.checkout.services import Purchase
from shop.orders.models import OrderAddress
from shop.payments.forms import PaymentForm
from shop.payments.gateways import payment_choices
from shop.postal.countries import country_name
from shop.postal.forms import PostalAddressForm
from shop.postal.models import ADDRESS_FIELDS
from shop.postal.rules import CONDITIONAL, check_address, used_fields
from shop.storefront.current import shop_settings

Submitted = Mapping[str, Any]


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
    """Everything but the addresses. The payment method is required if there is something to pay."""

    email = forms.EmailField(
        label=gettext_lazy("Email address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    method = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    voucher_code = forms.CharField(label=gettext_lazy("Voucher code"), max_length=40, required=False)
    note = forms.CharField(
        label=gettext_lazy("Order note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    address = forms.ChoiceField(
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("This address is no longer in your address book. Choose another.")
        },
    )
    keeps_address = forms.BooleanField(label=gettext_lazy("Save this address to my address book"), required=False)
    bills_elsewhere = forms.BooleanField(label=gettext_lazy("Use another billing address"), required=False)
    seen_total = forms.DecimalField(max_digits=14, decimal_places=3, widget=forms.HiddenInput)
    cart = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, book: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payment"].required = False
        self.fields["address"].choices = [(key, key) for key in book]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("seen_total") and not data.get("payment") and "payment" not in self.errors:
            self.add_error("payment", _("Choose a payment method."))
        return data

    def clean_voucher_code(self) -> str:
        return str(self.cleaned_data["voucher_code"]).strip().upper()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip()


@dataclass
class Page:
    """The checkout page, new or submitted. `messages` appear at the top.

    `book` is the customer's saved addresses in countries that we deliver to. `saved_address` is the one for
    this order, or None if the order uses the form `delivery`.
    """

    cart: Cart
    customer: Customer | None
    options: QuoteOptions
    form: CheckoutForm
    delivery: AddressForm
    billing: AddressForm
    book: list[SavedAddress]
    saved_address: SavedAddress | None
    can_save_address: bool
    messages: list[str] = field(default_factory=list)
    quote: Quote | None = None

    def is_valid(self) -> bool:
        """Validate the form, and the addresses that the order uses."""
        valid = [
            self.form.is_valid(),
            self._is_saved_address_valid() if self.saved_address else self.delivery.is_valid(),
        ]
        bills_elsewhere = self.form.is_valid() and self.form.cleaned_data["bills_elsewhere"]
        return all([*valid, self.billing.is_valid()] if bills_elsewhere else valid)

    def update_quote(self, now: datetime) -> Quote:
        """Quote the cart again and show the new quote."""
        self.quote = quote_lines(list(self.cart.lines.for_page()), self.options, now)
        return self.quote

    def purchase(self) -> Purchase:
        """Return the purchase that the valid page describes."""
        entered = self.form.cleaned_data
        return Purchase(
            email=entered["email"],
            delivery=self.saved_address or self.delivery.instance,
            billing=self.billing.instance if entered["bills_elsewhere"] else None,
            seen_total=entered["seen_total"],
            gateway=entered["payment"],
            method_id=entered["method"],
            voucher_code=entered["voucher_code"],
            note=entered["note"],
            customer=self.customer,
            keeps_address=entered["keeps_address"] and self.saved_address is None,
            details=self.form.details,
        )

    def _is_saved_address_valid(self) -> bool:
        # The rules of the country may have changed since the address was saved.
        errors = check_address(self.saved_address.values)[1] if self.saved_address else {}
        if errors:
            message = _("This address is not complete. %(why)s Correct it in your address book, or enter another.")
            self.form.add_error("address", message % {"why": " ".join(errors.values())})
        return not errors


def read_page(
    cart: Cart,
    customer: Customer | None,
    submitted: Submitted | None,
    payments: list[tuple[str, str]] | None = None,
) -> Page:
    """Return the page, filled in with the submitted values or else with the customer's data.

    "Update total" skips validation, since an incomplete page can be quoted. `payments` replaces the payment methods
    that customers are offered.
    """
    is_update = submitted is not None and "update" in submitted
    data = None if is_update else submitted
    countries = delivery_countries()
    saved = list(SavedAddress.objects.of(customer)) if customer else []
    book = [address for address in saved if address.country in countries]
    if submitted is None:
        saved_address = next((address for address in book if cart.country in ("", address.country)), None)
    else:
        saved_address = next((address for address in book if str(address.pk) == submitted.get("address")), None)
    billed = next((address for address in book if address.is_default_billing), None)
    home = cart.country or shop_settings().country
    known = {"country": home if home in countries else next(iter(countries), "")}
    delivery = AddressForm(
        data if saved_address is None else None, prefix="delivery", initial=_typed("delivery", submitted) or known,
        countries=countries, purpose="shipping", use_required_attribute=not book,
    )  # fmt: skip
    billing = AddressForm(
        data if data and data.get("bills_elsewhere") else None, prefix="billing",
        initial=_typed("billing", submitted) or (billed.values if billed else {}),
        countries=countries, purpose="billing", use_required_attribute=False,
    )  # fmt: skip
    country = saved_address.country if saved_address else str(delivery["country"].value() or "")
    options = _options(cart, customer, submitted, country if country in countries else "")
    payments = payment_choices() if payments is None else payments
    initial = {
        "email": options.email, "voucher_code": options.voucher_code, "payment": payments[0][0] if payments else "",
        "bills_elsewhere": billed not in (None, saved_address),
    }  # fmt: skip
    if is_update and submitted is not None:
        initial["bills_elsewhere"] = False
        initial |= {name: submitted[name] for name in CheckoutForm.base_fields if name in submitted}
    form = CheckoutForm(data, payments=payments, book=[str(address.pk) for address in book], initial=initial)
    can_save_address = customer is not None and len(saved) < settings.MAX_ADDRESSES
    return Page(cart, customer, options, form, delivery, billing, book, saved_address, can_save_address)


def _typed(prefix: str, submitted: Submitted | None) -> dict[str, str]:
    """Return the submitted address. It stays on the page even if the order does not use it."""
    return {name: str(submitted.get(f"{prefix}-{name}", "")) for name in ADDRESS_FIELDS} if submitted else {}


def _options(cart: Cart, customer: Customer | None, submitted: Submitted | None, country: str) -> QuoteOptions:
    if submitted is None:
        return QuoteOptions(country, None, cart.voucher_code, customer.email if customer else "")
    method, code = str(submitted.get("method", "")), str(submitted.get("voucher_code", ""))
    method_id = int(method[:18]) if method.isdecimal() else None
    return QuoteOptions(country, method_id, code.strip().upper()[:40], str(submitted.get("email", "")))
