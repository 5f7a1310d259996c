"""Amounts as Stripe counts them. Its minor units are its own: they follow neither ISO 4217 nor CLDR.

Stripe publishes them at docs.stripe.com/currencies: one list without decimals, one with three, two special cases
that are written with two decimals and must be whole, and every other currency with two.
"""

from __future__ import annotations

from decimal import Decimal

ZERO_DECIMAL = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMAL = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
WHOLE = frozenset(("ISK", "UGX"))  # 5 ISK are sent as 500, and nothing lies between 500 and 600


class AmountInexpressibleError(ValueError):
    """Stripe has no way to write this amount."""


def step(currency: str) -> Decimal:
    """Return the smallest amount that Stripe takes; it wants the last of three decimals to be 0."""
    return Decimal(1) if currency in ZERO_DECIMAL | WHOLE else Decimal("0.01")


def to_minor(amount: Decimal, currency: str) -> int:
    """Return the amount in the units that Stripe's API takes. Raises AmountInexpressibleError, and never rounds."""
    if amount % step(currency):
        raise AmountInexpressibleError(f"Stripe takes {currency} in steps of {step(currency)}, not {amount}.")
    return int(amount.scaleb(_places(currency)))


def from_minor(units: int, currency: str) -> Decimal:
    """Return the amount of so many units of Stripe's API."""
    return Decimal(units).scaleb(-_places(currency))


def _places(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2
