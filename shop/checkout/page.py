"""The checkout page as a value: forms, quote, and what the templates need of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from shop.accounts.models import Address as SavedAddress
from shop.accounts.models import Customer
from shop.cart.models import Cart
from shop.checkout.forms import AddressForm, CheckoutForm
from shop.checkout.quote import Quote, Wish, delivery_countries, quote_lines
from shop.checkout.services import Purchase
from shop.money import round_amount
from shop.payments.gateways import payment_choices
from shop.postal.models import ADDRESS_FIELDS
from shop.postal.rules import check_address


@dataclass
class Page:
    """What is shown and what was sent. `messages` are said on top.

    `book` has the customer's own addresses that we deliver to; `chosen` is the one of them that this order goes to,
    None where it goes to the address of the form `delivery`.
    """

    cart: Cart
    quote: Quote
    form: CheckoutForm
    delivery: AddressForm
    billing: AddressForm
    book: list[SavedAddress]
    chosen: SavedAddress | None
    may_keep: bool
    messages: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether an order may be asked for; an address counts only where the order goes by it."""
        valid = [self.form.is_valid(), self.delivery.is_valid() if self.chosen is None else self._can_be_reached()]
        elsewhere = self.form.is_valid() and self.form.cleaned_data["bills_elsewhere"]
        return all([*valid, self.billing.is_valid()] if elsewhere else valid)

    def _can_be_reached(self) -> bool:
        """Check the saved address as one that was typed: it may be older than what its country asks for."""
        errors = check_address(self.chosen.values)[1] if self.chosen else {}
        if errors:
            said = _("No parcel would reach this address. %(why)s Change it in your address book, or enter another.")
            self.form.add_error("address", said % {"why": " ".join(errors.values())})
        return not errors

    def purchase(self, customer: Customer | None) -> Purchase:
        """What was sent, once it is valid."""
        said = self.form.cleaned_data
        return Purchase(
            email=said["email"],
            delivery=self.chosen or self.delivery.instance,
            billing=self.billing.instance if said["bills_elsewhere"] else None,
            seen_total=said["seen_total"],
            gateway=said["payment"],
            method_id=said["method"],
            voucher_code=said["voucher_code"],
            note=said["note"],
            customer=customer,
            keeps_address=said["keeps_address"] and self.chosen is None,
            details=self.form.details,
        )


def read_page(
    cart: Cart,
    customer: Customer | None,
    sent: Mapping[str, Any] | None,
    now: datetime,
    choices: list[tuple[str, str]] | None = None,
) -> Page:
    """The page of the cart, with what the customer sent, or what is known of them where nothing was.

    `choices` are ways to pay other than those that customers have.
    """
    countries = delivery_countries()
    bound = None if sent is not None and "update" in sent else sent  # a new total needs no complete form
    own = list(SavedAddress.objects.of(customer)) if customer else []
    book = [each for each in own if each.country in countries]
    chosen = _chosen(book, cart, sent)
    billed = next((each for each in book if each.is_default_billing), None)
    delivery = _address_form(
        "delivery", sent, {"country": _country(cart, countries)}, counts=bound is not None and chosen is None,
        countries=countries, purpose="shipping", use_required_attribute=not book,
    )  # fmt: skip
    billing = _address_form(
        "billing", sent, billed.values if billed else {}, counts=bool(bound and bound.get("bills_elsewhere")),
        countries=countries, purpose="billing", use_required_attribute=False,
    )  # fmt: skip
    country = chosen.country if chosen else str(delivery["country"].value() or "")
    wish = _wish(cart, customer, sent, country if country in countries else "")
    quote = quote_lines(list(cart.lines.for_page()), wish, now)
    choices = payment_choices() if choices is None else choices
    choices = choices if quote.total_amount else []
    initial = {
        "email": wish.email, "voucher_code": wish.voucher_code, "payment": choices[0][0] if choices else "",
        "cart": cart.token, "seen_total": round_amount(quote.total_amount),
        "bills_elsewhere": billed not in (None, chosen),
    }  # fmt: skip
    if sent is not None and bound is None:
        initial |= {
            "bills_elsewhere": False,
            **{name: sent[name] for name in CheckoutForm.base_fields if name in sent},
        }
    form = CheckoutForm(bound, payments=choices, book=[str(each.pk) for each in book], initial=initial)
    may_keep = customer is not None and len(own) < settings.ADDRESSES_MOST
    return Page(cart, quote, form, delivery, billing, book, chosen, may_keep)


def _wish(cart: Cart, customer: Customer | None, sent: Mapping[str, Any] | None, country: str) -> Wish:
    if sent is None:
        return Wish(country, None, cart.voucher_code, customer.email if customer else "")
    method, code = str(sent.get("method", "")), str(sent.get("voucher_code", ""))
    chosen = int(method[:18]) if method.isdecimal() else None
    return Wish(country, chosen, code.strip().upper()[:40], str(sent.get("email", "")))


def _address_form(
    prefix: str, sent: Mapping[str, Any] | None, known: Mapping[str, str], *, counts: bool, **more: Any
) -> AddressForm:
    """An address to fill in. While the order does not go by it, what was typed stays, and is no error."""
    typed = {name: str(sent.get(f"{prefix}-{name}", "")) for name in ADDRESS_FIELDS} if sent else known
    return AddressForm(sent if counts else None, prefix=prefix, initial=typed, **more)


def _chosen(book: list[SavedAddress], cart: Cart, sent: Mapping[str, Any] | None) -> SavedAddress | None:
    """Of the customer's own, what was sent, or else the preferred one in the country of the estimate."""
    if sent is not None:
        return next((each for each in book if str(each.pk) == sent.get("address")), None)
    return next((each for each in book if cart.country in ("", each.country)), None)


def _country(cart: Cart, countries: list[str]) -> str:
    country = cart.country or settings.SELLER_COUNTRY
    return country if country in countries else next(iter(countries), "")
