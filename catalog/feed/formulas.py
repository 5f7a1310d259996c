"""Escape CSV cells that a spreadsheet would evaluate as formulas (CSV injection).

Such cells get a leading apostrophe. The importer removes exactly one again, so exported files import unchanged.
"""

from __future__ import annotations

import re

_FORMULA = re.compile("'* *[=+\\-@\t\r\n＝＋－＠]")  # Japanese spreadsheets accept full-width signs too


def escape_formula(text: str) -> str:
    """Return the text as a cell that no spreadsheet evaluates."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescape_formula(cell: str) -> str:
    """Return the original text of an escaped cell."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell
