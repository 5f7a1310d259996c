"""Amounts in Stripe's minor units, which follow neither ISO 4217 nor CLDR.

Source: docs.stripe.com/currencies. It lists currencies without decimals, currencies with three, and two that are sent
with two decimals but must be whole. All others have two.
"""

from __future__ import annotations

from decimal import Decimal

ZERO_DECIMAL = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMAL = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
WHOLE = frozenset(("ISK", "UGX"))  # ISK 5 is sent as 500; the next amount is 600


class AmountInexpressibleError(ValueError):
    """Stripe cannot represent this amount."""


def step(currency: str) -> Decimal:
    """Return the smallest step that Stripe accepts. Of three decimals, the last must be 0."""
    return Decimal(1) if currency in ZERO_DECIMAL | WHOLE else Decimal("0.01")


def to_minor(amount: Decimal, currency: str) -> int:
    """Return the amount in minor units, never rounded. Raises AmountInexpressibleError."""
    if amount % step(currency):
        raise AmountInexpressibleError(f"Stripe accepts {currency} in steps of {step(currency)}, not {amount}.")
    return int(amount.scaleb(_places(currency)))


def from_minor(units: int, currency: str) -> Decimal:
    """Return the amount of these minor units."""
    return Decimal(units).scaleb(-_places(currency))


def _places(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2
