"""What a cart costs, in the cart's own page: templates put together what rooms may not import."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.core import UnknownLocaleError
from django import template
from django.utils import timezone
from django.utils.translation import get_language, to_locale

from shop.cart.models import Cart, CartLine
from shop.checkout.quote import Wish, delivery_countries, quote_lines
from shop.money import rate_in_words
from shop.postal.countries import country_name

register = template.Library()


@register.inclusion_tag("checkout/_totals.html", takes_context=True)
def cart_totals(context: dict[str, Any], cart: Cart, lines: list[CartLine]) -> dict[str, Any]:
    """The totals of the cart, for the country and voucher that the visitor named, and the form to name others."""
    request = context["request"]
    email = getattr(request.user, "email", "")
    countries = [(code, country_name(code)) for code in delivery_countries()]
    known = {code for code, _country in countries}
    wish = Wish(cart.country if cart.country in known else "", None, cart.voucher_code, email)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "cart": cart,
        "quote": quote_lines(lines, wish, timezone.now()),
        "countries": sorted(countries, key=lambda each: each[1]),
    }


@register.filter
def percent(rate: Decimal) -> str:
    """A rate of tax, as the visitor's language writes it."""
    try:
        return rate_in_words(rate, to_locale(get_language() or "en"))
    except UnknownLocaleError:
        return rate_in_words(rate, "en")


@register.filter
def country(code: str) -> str:
    """The country's name, as the visitor's language calls it."""
    return country_name(code)
