"""Prices in the shop's currency: validated on input and rounded when they are read.

Only this module knows how many decimal places a currency has. `shop.money` builds its arithmetic on it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

FINEST = Decimal("0.01")  # the precision of price columns, and of providers even for currencies with three places


_chosen: Callable[[], str] = str  # answers "", for no choice


def use_currency_of(chosen: Callable[[], str]) -> None:
    """Let `chosen` return the currency that the shop's owner has chosen, or an empty string."""
    global _chosen
    _chosen = chosen


def shop_currency() -> str:
    """Return the currency of all prices: the owner's choice, or else the setting CURRENCY."""
    return _chosen() or str(settings.CURRENCY)


@cache
def quantum(currency: str) -> Decimal:
    """Return the smallest amount of the currency: 0.01 for EUR, 1 for JPY, but never less than FINEST."""
    return max(Decimal(1).scaleb(-get_currency_precision(currency)), FINEST)


def round_amount(amount: Decimal, currency: str = "") -> Decimal:
    """Round the amount to the precision of the currency (by default the shop's), halves away from zero."""
    return amount.quantize(quantum(currency or shop_currency()), ROUND_HALF_UP)


def validate_amount(amount: Decimal) -> None:
    """Raise ValidationError if the amount is more precise than the shop's currency."""
    try:
        is_exact = round_amount(amount) == amount
    except InvalidOperation:  # too many digits, which another validator reports
        return
    if not is_exact:
        facts = {"currency": shop_currency(), "step": quantum(shop_currency()), "amount": amount}
        sentence = _("%(amount)s has too many decimal places for %(currency)s. Enter a multiple of %(step)s.")
        raise ValidationError(sentence, code="too_fine", params=facts)


class PriceFormField(forms.DecimalField):
    """A form field for an amount, with the smallest amount of the currency as its step."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attributes: dict[str, Any] = super().widget_attrs(widget)
        return {**attributes, "step": str(quantum(shop_currency()))} if "step" in attributes else attributes


class PriceField(models.DecimalField):  # type: ignore[type-arg]
    """An amount entered by staff or a feed.

    Stored amounts are rounded as they are read, so that pages, API, cart and payment agree even if the shop has
    changed its currency since.
    """

    default_validators = [validate_amount]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 2, **kwargs})

    def from_db_value(self, value: Decimal | None, *_: Any) -> Decimal | None:
        return None if value is None else round_amount(value)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PriceFormField, **kwargs})
