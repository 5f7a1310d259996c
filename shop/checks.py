"""Settings that would only fail in front of a customer, said when the shop starts."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision, is_currency
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from catalog.prices import quantum


@register(Tags.security, deploy=True)
def site_url_is_set(**kwargs: Any) -> list[CheckMessage]:
    """Without an address of its own, the shop cannot write a link into a mail."""
    if settings.SITE_URL:
        return []
    hint = "Set SITE_URL to the shop's address with its scheme, such as https://shop.example.com."
    return [Warning("SITE_URL is not set, so the links in mails lead nowhere.", hint=hint, id="shop.W001")]


@register
def language_is_complete(**kwargs: Any) -> list[CheckMessage]:
    """An owner who asks for a language that is not translated reads why the pages are in another one."""
    if settings.LANGUAGE_WANTED == settings.LANGUAGE_CODE:
        return []
    wanted, spoken = settings.LANGUAGE_WANTED, settings.LANGUAGE_CODE
    said = f"The shop is not translated into “{wanted}”, so its pages are in “{spoken}”."
    known = ", ".join(code for code, _name in settings.LANGUAGES)
    return [Warning(said, hint=f"Set LANGUAGE_CODE to one of {known}.", id="shop.W002")]


@register
def currency_is_known(**kwargs: Any) -> list[CheckMessage]:
    """The currency is one, and the owner knows where the shop counts more coarsely than it."""
    currency = settings.CURRENCY
    if not is_currency(currency):
        hint = "Set CURRENCY to a code of ISO 4217, such as EUR."
        return [Error(f"“{currency}” is not a currency.", hint=hint, id="shop.E001")]
    places = get_currency_precision(currency)
    if quantum(currency) == Decimal(1).scaleb(-places):
        return []
    said = f"{currency} has {places} decimal places; the shop counts it in steps of {quantum(currency)}."
    return [Warning(said, hint="Keep prices, rates of delivery and promotions to these steps.", id="shop.W003")]
