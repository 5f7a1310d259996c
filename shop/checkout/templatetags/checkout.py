"""What a cart costs, in the cart's own page: templates put together what rooms may not import."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.core import UnknownLocaleError
from django import template
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from catalog.staff.alerts import Concern, concern
from shop.cart.models import Cart, CartLine
from shop.checkout.page import payment_choices
from shop.checkout.quote import Wish, delivery_countries, quote_lines
from shop.checkout.returns import may_be_returned
from shop.money import rate_in_words
from shop.orders.models import Order, Return
from shop.orders.states import ReturnState, State
from shop.payments.models import Payment, Refund
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


@register.simple_tag
def order_concerns() -> list[Concern]:
    """What staff must look at, or do; six queries."""
    concerns = [
        concern(_("To be sent"), Order.objects.filter(state=State.PAID), "orders_order", "state__exact=paid"),
        concern(_("Payments that are flagged"), Payment.objects.flagged(), "payments_payment", "flag__isempty=0"),
        concern(
            _("Refunds that failed"),
            Refund.objects.filter(status=Refund.Status.FAILED),
            "payments_refund",
            "status__exact=failed",
        ),
        concern(
            _("Payments on invoice, or to be captured"),
            Payment.objects.filter(status=Payment.Status.AUTHORISED),
            "payments_payment",
            "status__exact=authorised",
        ),
        *(
            concern(title, Return.objects.filter(state=state), "orders_return", f"state__exact={state}")
            for title, state in (
                (_("Returns on their way"), ReturnState.ANNOUNCED),
                (_("Returns to be refunded"), ReturnState.RECEIVED),
            )
        ),
    ]
    return [each for each in concerns if each.count]


@register.simple_tag
def ways_to_pay() -> list[tuple[str, str]]:
    """Names and titles of what one may pay with."""
    return payment_choices()


@register.filter
def refunds(order: Order) -> list[Refund]:
    """What goes or went back of the order, without what failed."""
    given = Refund.objects.filter(payment__order=order).exclude(status=Refund.Status.FAILED)
    return list(given.order_by("pk"))


@register.simple_tag
def returns_of(order: Order) -> dict[str, Any]:
    """The order's returns, and whether its customer may announce another; asks nothing before a parcel was sent."""
    if not order.shipments.all():
        return {}
    known = order.returns.prefetch_related("lines__order_line")
    return {"known": list(known), "is_open": may_be_returned(order, timezone.now())}


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
