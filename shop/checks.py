"""System checks for settings whose errors would otherwise only show while the shop serves customers."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision, is_currency
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from catalog.prices import quantum


@register(Tags.security, deploy=True)
def site_url_is_set(**kwargs: Any) -> list[CheckMessage]:
    if settings.SITE_URL:
        return []
    hint = "Set SITE_URL to the shop's full URL, such as https://shop.example.com."
    return [Warning("SITE_URL is not set, so links in emails do not work.", hint=hint, id="shop.W001")]


@register
def language_is_complete(**kwargs: Any) -> list[CheckMessage]:
    """Warn if LANGUAGE_CODE is not fully translated."""
    if settings.REQUESTED_LANGUAGE == settings.LANGUAGE_CODE:
        return []
    requested, used = settings.REQUESTED_LANGUAGE, settings.LANGUAGE_CODE
    message = f"The shop is not translated into “{requested}”, so its pages are in “{used}”."
    known = ", ".join(code for code, _name in settings.LANGUAGES)
    return [Warning(message, hint=f"Set LANGUAGE_CODE to one of {known}.", id="shop.W002")]


@register
def currency_is_known(**kwargs: Any) -> list[CheckMessage]:
    """Reject unknown currencies, and warn if the shop rounds more coarsely than the currency."""
    currency = settings.CURRENCY
    if not is_currency(currency):
        hint = "Set CURRENCY to an ISO 4217 code, such as EUR."
        return [Error(f"“{currency}” is not a currency.", hint=hint, id="shop.E001")]
    places = get_currency_precision(currency)
    if quantum(currency) == Decimal(1).scaleb(-places):
        return []
    message = f"{currency} has {places} decimal places, but the shop rounds it to {quantum(currency)}."
    return [Warning(message, hint="Round prices, delivery rates and promotions to this step.", id="shop.W003")]
