"""Detect SKUs that a spreadsheet has changed because they look like numbers or dates.

Opening and saving a file turns 00123 into 123, 1234567890123 into 1.23457E+12, and 3-4 into 03-Apr.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_DOWN, Context, Decimal

_NUMBER = re.compile(r"\d{1,40}(?:[.,]\d{1,40})?(?:E\+?\d{1,2})?", re.ASCII | re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d(?:[.,](?P<digits>\d+))?E\+\d{2}", re.ASCII | re.IGNORECASE)
_MONTH = "(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)"
_DATE = re.compile(rf"\d{{1,2}}[-. ]{{1,2}}{_MONTH}\.?|{_MONTH}\.?[- ]\d{{2,4}}", re.IGNORECASE)
_PRECISE = Context(prec=15, rounding=ROUND_DOWN)  # spreadsheets keep 15 digits


def same_number(sku: str, others: Iterable[str]) -> str | None:
    """Return the first of the other SKUs that a spreadsheet may have turned into this one, or vice versa."""
    number = _number(sku)
    if number is None:
        return None
    for other in others:
        value = _number(other)
        if other != sku and value is not None and (_is_saved_as(value, sku) or _is_saved_as(number, other)):
            return other
    return None


def looks_changed(sku: str) -> bool:
    """Return True if the SKU looks like a date or a number in scientific notation, as spreadsheets write them."""
    return bool(_SCIENTIFIC.fullmatch(sku) or _DATE.fullmatch(sku))


def with_leading_zeros(number: str, max_length: int = 18) -> list[str]:
    """Return the strings that may have lost their leading zeros to become this number. Empty for other text."""
    if not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return []
    return [number.zfill(length) for length in range(len(number) + 1, max_length + 1)]


def _number(sku: str) -> Decimal | None:
    return Decimal(sku.replace(",", ".")) if _NUMBER.fullmatch(sku) else None


def _is_saved_as(value: Decimal, sku: str) -> bool:
    number = _number(sku)
    if number in (value, _PRECISE.plus(value)):
        return True
    match = _SCIENTIFIC.fullmatch(sku)
    return bool(match) and f"{value:.{len(match['digits'] or '')}E}" == f"{number:E}"  # type: ignore[index]
