"""Prices in the shop's currency: too fine ones are refused where they enter, and rounded once where they are read.

This is the only place that knows the places of a currency. `shop.money` does the arithmetic of purchases on top of it.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

FINEST = Decimal("0.01")  # what the tables of prices hold, and all that providers take of currencies with three places


@cache
def quantum(currency: str) -> Decimal:
    """Return the smallest amount of the currency: 0.01 for EUR, 1 for JPY. KWD, with three places, has 0.01, too."""
    return max(Decimal(1).scaleb(-get_currency_precision(currency)), FINEST)


def round_amount(amount: Decimal, currency: str = "") -> Decimal:
    """Return the amount at the currency's precision (the shop's, unless told), halves away from zero."""
    return amount.quantize(quantum(currency or settings.CURRENCY), ROUND_HALF_UP)


def validate_amount(amount: Decimal) -> None:
    """Refuse an amount that is finer than the shop's currency. Raises ValidationError."""
    try:
        is_exact = round_amount(amount) == amount
    except InvalidOperation:  # more digits than any column holds, which another validator says
        return
    if not is_exact:
        facts = {"currency": settings.CURRENCY, "step": quantum(settings.CURRENCY), "amount": amount}
        sentence = _("%(amount)s is finer than prices in %(currency)s can be. Enter a multiple of %(step)s.")
        raise ValidationError(sentence, code="too_fine", params=facts)


class PriceFormField(forms.DecimalField):
    """A form's field for an amount; the arrows of a browser go by the smallest amount of the currency."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attributes: dict[str, Any] = super().widget_attrs(widget)
        return {**attributes, "step": str(quantum(settings.CURRENCY))} if "step" in attributes else attributes


class PriceField(models.DecimalField):  # type: ignore[type-arg]
    """An amount that staff or a feed name.

    Whatever is stored, such as before the shop changed its currency, is the same rounded amount to pages, structured
    data, API, cart and charge.
    """

    default_validators = [validate_amount]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 2, **kwargs})

    def from_db_value(self, value: Decimal | None, *_: Any) -> Decimal | None:
        return None if value is None else round_amount(value)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PriceFormField, **kwargs})
