"""The checkout page as a value: forms, quote, and what the templates need of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from shop.accounts.models import Address, Customer
from shop.cart.models import Cart
from shop.checkout.forms import FIELDS, AddressForm, CheckoutForm
from shop.checkout.quote import Quote, Wish, delivery_countries, quote_lines
from shop.checkout.services import Purchase
from shop.money import round_amount
from shop.payments.gateways import offered


@dataclass
class Page:
    """What is shown and what was sent. `messages` are said on top."""

    cart: Cart
    quote: Quote
    form: CheckoutForm
    delivery: AddressForm
    billing: AddressForm
    messages: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether an order may be asked for; the billing address counts only where it is another one."""
        valid = [self.form.is_valid(), self.delivery.is_valid()]
        elsewhere = self.form.is_valid() and self.form.cleaned_data["bills_elsewhere"]
        return all([*valid, self.billing.is_valid()] if elsewhere else valid)

    def purchase(self, customer: Customer | None) -> Purchase:
        """What was sent, once it is valid."""
        said = self.form.cleaned_data
        return Purchase(
            email=said["email"],
            delivery=self.delivery.address,
            billing=self.billing.address if said["bills_elsewhere"] else None,
            seen_total=said["seen_total"],
            gateway=said["payment"],
            method_id=said["method"],
            voucher_code=said["voucher_code"],
            note=said["note"],
            customer=customer,
            details={"card": said["card"]} if said["card"] else {},
        )


def payment_choices() -> list[tuple[str, str]]:
    """Names and titles of what one may pay with."""
    return [(name, str(each.title)) for name, each in offered().items()]


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
    known = _known(cart, customer, countries)
    delivery = AddressForm(sent, prefix="delivery", purpose="shipping", countries=countries, initial=known)
    country = str(sent.get("delivery-country", "") if sent else known["country"])
    method = str(sent.get("method", "")) if sent else ""
    email = str(sent.get("email", "")) if sent else (customer.email if customer else "")
    code = str(sent.get("voucher_code", "")).strip().upper() if sent else cart.voucher_code
    wish = Wish(
        country if country in countries else "", int(method[:18]) if method.isdecimal() else None, code[:40], email
    )
    quote = quote_lines(list(cart.lines.for_page()), wish, now)
    choices = payment_choices() if choices is None else choices
    initial = {
        "email": email, "voucher_code": code, "payment": choices[0][0] if choices else "", "cart": cart.token,
        "seen_total": round_amount(quote.total_amount),
    }  # fmt: skip
    form = CheckoutForm(sent, payments=choices, initial=initial)
    billing = AddressForm(sent, prefix="billing", purpose="billing", countries=countries, use_required_attribute=False)
    return Page(cart, quote, form, delivery, billing)


def _known(cart: Cart, customer: Customer | None, countries: list[str]) -> dict[str, Any]:
    """What the address begins with: the customer's own, if we deliver there, or else the country that they named."""
    own = Address.objects.of(customer).filter(country__in=countries).first() if customer else None
    if own is not None and cart.country in ("", own.country):
        return {name: getattr(own, name) for name in FIELDS}
    country = cart.country or settings.SELLER_COUNTRY
    return {"country": country if country in countries else next(iter(countries), "")}
