"""What a cart costs, in the cart's own page: templates put together what rooms may not import."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from shop.cart.models import Cart, CartLine
from shop.checkout.page import payment_choices
from shop.checkout.quote import Wish, delivery_countries, quote_lines
from shop.countries import country_name
from shop.orders.models import Order
from shop.payments.models import Refund

register = template.Library()


@register.inclusion_tag("checkout/_totals.html", takes_context=True)
def cart_totals(context: dict[str, Any], cart: Cart, lines: list[CartLine]) -> dict[str, Any]:
    """The totals of the cart, for the country and voucher that the visitor named, and the form to name others."""
    request = context["request"]
    email = getattr(request.user, "email", "")
    countries = [(code, country_name(code)) for code in delivery_countries()]
    known = {code for code, _name in countries}
    wish = Wish(cart.country if cart.country in known else "", None, cart.voucher_code, email)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "cart": cart,
        "quote": quote_lines(lines, wish, timezone.now()),
        "countries": sorted(countries, key=lambda each: each[1]),
    }


@register.simple_tag
def ways_to_pay() -> list[tuple[str, str]]:
    """Names and titles of what one may pay with."""
    return payment_choices()


@register.filter
def refunds(order: Order) -> list[Refund]:
    """What goes or went back of the order, without what failed."""
    given = Refund.objects.filter(payment__order=order).exclude(status=Refund.Status.FAILED)
    return list(given.order_by("pk"))


@register.filter
def country(code: str) -> str:
    """The country's name, as the visitor's language calls it."""
    return country_name(code)
