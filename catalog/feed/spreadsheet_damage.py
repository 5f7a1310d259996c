"""What a spreadsheet does to SKUs that look like numbers or dates when a file is opened and saved in it.

00123 becomes 123, 1234567890123 becomes 1.23457E+12, and 3-4 becomes 03-Apr.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_DOWN, Context, Decimal

_NUMBER = re.compile(r"\d{1,40}(?:[.,]\d{1,40})?(?:E\+?\d{1,2})?", re.ASCII | re.IGNORECASE)
_SHORTENED = re.compile(r"\d(?:[.,](?P<digits>\d+))?E\+\d{2}", re.ASCII | re.IGNORECASE)
_MONTH = "(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)"
_DATE = re.compile(rf"\d{{1,2}}[-. ]{{1,2}}{_MONTH}\.?|{_MONTH}\.?[- ]\d{{2,4}}", re.IGNORECASE)
_PRECISE = Context(prec=15, rounding=ROUND_DOWN)  # digits that a spreadsheet keeps


def same_number(sku: str, others: Iterable[str]) -> str | None:
    """Return the first of the others that a spreadsheet may have made this SKU from, or the reverse."""
    number = _number(sku)
    if number is None:
        return None
    for other in others:
        value = _number(other)
        if other != sku and value is not None and (_is_saved_as(value, sku) or _is_saved_as(number, other)):
            return other
    return None


def is_rewritten(sku: str) -> bool:
    """Return True if the SKU looks like a date or a shortened number, as spreadsheets write them."""
    return bool(_SHORTENED.fullmatch(sku) or _DATE.fullmatch(sku))


def with_zeros(number: str, longest: int = 18) -> list[str]:
    """Return what the digits may have been before a spreadsheet dropped the zeros in front; none for other texts."""
    if not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return []
    return [number.zfill(length) for length in range(len(number) + 1, longest + 1)]


def _number(sku: str) -> Decimal | None:
    return Decimal(sku.replace(",", ".")) if _NUMBER.fullmatch(sku) else None


def _is_saved_as(value: Decimal, sku: str) -> bool:
    number = _number(sku)
    if number in (value, _PRECISE.plus(value)):
        return True
    shortened = _SHORTENED.fullmatch(sku)
    return bool(shortened) and f"{value:.{len(shortened['digits'] or '')}E}" == f"{number:E}"  # type: ignore[index]
