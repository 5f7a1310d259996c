"""Text in the cells of a CSV file, which a spreadsheet must show and not compute.

A cell that begins like a formula gets an apostrophe in front. The importer takes exactly one off again, so a file that
the shop wrote says the same when it comes back.
"""

from __future__ import annotations

import re

_FORMULA = re.compile("'* *[=+\\-@\t\r\n＝＋－＠]")  # the wide signs work in Japanese spreadsheets


def disarm(text: str) -> str:
    """Return the text as a cell that no spreadsheet computes."""
    return f"'{text}" if _FORMULA.match(text) else text


def rearm(cell: str) -> str:
    """Return the text that `disarm` made the cell from."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell
