"""Amounts of money: rounding, minor units and exact splitting. Amounts are Decimal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django.db import models

from catalog.prices import PriceField, quantum, round_amount, shop_currency, validate_amount

__all__ = ["PriceField", "quantum", "round_amount", "validate_amount"]  # re-exported, with the definitions below
ZERO = Decimal(0)


class AmountField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in the currency of its row. Some currencies have three decimal places."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 14, "decimal_places": 3, **kwargs})


def format_percent(percent: Decimal, locale: str) -> str:
    """Return a percentage without trailing zeros, in the locale's format: 19 or 5.5."""
    return format_decimal(percent.normalize(), format="#,##0.###", locale=locale)


def to_minor(amount: Decimal, currency: str = "") -> int:
    """Return the amount in minor units, such as cents."""
    currency = currency or shop_currency()
    return int(round_amount(amount, currency) / quantum(currency))


def from_minor(units: int, currency: str = "") -> Decimal:
    """Return the amount of these minor units."""
    return units * quantum(currency or shop_currency())


def split_amount(amount: Decimal, weights: Sequence[Decimal], currency: str = "") -> list[Decimal]:
    """Split the amount in proportion to non-negative weights; the shares sum to the amount exactly.

    Uses the largest remainder method. No share exceeds its weight if the amount does not exceed their sum. If all
    weights are zero, the first share is the whole amount. Raises ValueError without weights.
    """
    whole, total = to_minor(amount, currency), sum(weights)
    if not weights:
        if whole:
            raise ValueError("An amount cannot be split without weights.")
        return []
    if not total:
        return [from_minor(whole if number == 0 else 0, currency) for number in range(len(weights))]
    exact = [whole * weight / total for weight in weights]
    shares = [int(each) for each in exact]
    by_remainder = sorted(range(len(weights)), key=lambda number: (shares[number] - exact[number], number))
    for number in by_remainder[: whole - sum(shares)]:
        shares[number] += 1
    return [from_minor(share, currency) for share in shares]
