"""Amounts of money: Decimal at the currency's own precision, rounded once, split without losing a cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django.conf import settings
from django.db import models

from catalog.prices import PriceField, quantum, round_amount, validate_amount

__all__ = ["PriceField", "quantum", "round_amount", "validate_amount"]  # and what follows here
ZERO = Decimal(0)


class AmountField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in the currency of its row; three places, since some currencies have that many."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 14, "decimal_places": 3, **kwargs})


def rate_in_words(percent: Decimal, locale: str) -> str:
    """A rate without the zeros at its end, as the locale writes it: 19, or 5.5."""
    return format_decimal(percent.normalize(), format="#,##0.###", locale=locale)


def to_minor(amount: Decimal, currency: str = "") -> int:
    """The amount in cents, or whatever the currency's smallest piece is."""
    currency = currency or settings.CURRENCY
    return int(round_amount(amount, currency) / quantum(currency))


def from_minor(pieces: int, currency: str = "") -> Decimal:
    """The amount of so many cents."""
    return pieces * quantum(currency or settings.CURRENCY)


def split_amount(amount: Decimal, weights: Sequence[Decimal], currency: str = "") -> list[Decimal]:
    """Shares in proportion to the weights (none negative) by largest remainder; they sum to the amount exactly.

    No share exceeds its weight where the amount does not exceed the sum of the weights. With nothing to go by, the
    first takes all. Raises ValueError where there is no weight at all and something to split.
    """
    whole, total = to_minor(amount, currency), sum(weights)
    if not weights:
        if whole:
            raise ValueError("There is nothing over which this amount could be split.")
        return []
    if not total:
        return [from_minor(whole if number == 0 else 0, currency) for number in range(len(weights))]
    exact = [whole * weight / total for weight in weights]
    shares = [int(each) for each in exact]
    by_remainder = sorted(range(len(weights)), key=lambda number: (shares[number] - exact[number], number))
    for number in by_remainder[: whole - sum(shares)]:
        shares[number] += 1
    return [from_minor(share, currency) for share in shares]
