"""Template tags for totals. The cart page uses them, since `shop.cart` may not import the checkout."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.core import UnknownLocaleError
from django import template
from django.utils import timezone
from django.utils.translation import get_language, to_locale

from shop.cart.models import Cart, CartLine
from shop.checkout.quote import QuoteOptions, delivery_countries, quote_lines
from shop.money import format_percent
from shop.postal.countries import country_name

register = template.Library()


@register.inclusion_tag("checkout/_totals.html", takes_context=True)
def cart_totals(context: dict[str, Any], cart: Cart, lines: list[CartLine]) -> dict[str, Any]:
    """Show the totals for the visitor's country and voucher, with the form to change both."""
    request = context["request"]
    email = getattr(request.user, "email", "")
    countries = [(code, country_name(code)) for code in delivery_countries()]
    known = {code for code, _country in countries}
    options = QuoteOptions(cart.country if cart.country in known else "", None, cart.voucher_code, email)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "cart": cart,
        "quote": quote_lines(lines, options, timezone.now()),
        "countries": sorted(countries, key=lambda each: each[1]),
    }


@register.filter
def percent(rate: Decimal) -> str:
    """Format a tax rate in the visitor's language."""
    try:
        return format_percent(rate, to_locale(get_language() or "en"))
    except UnknownLocaleError:
        return format_percent(rate, "en")


@register.filter
def country(code: str) -> str:
    """Return the country's name in the visitor's language."""
    return country_name(code)
