"""Which of two sizes is larger, as far as their names say: letters such as M and XL, or numbers with one unit."""

from __future__ import annotations

import re
from collections.abc import Iterable

LETTERS = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl")
NUMBER = re.compile(r"(\d{1,7}(?:[.,]\d{1,3})?)\s*([^\W\d]{0,4})$")


def next_larger(own: str, others: Iterable[str]) -> str | None:
    """Return the smallest of the others that is larger, or None if no name says so."""
    scale, size = _read(own)
    if not scale:
        return None
    larger = [(each_size, each) for each in others for each_scale, each_size in [_read(each)]
              if each_scale == scale and each_size > size]  # fmt: skip
    return min(larger)[1] if larger else None


def _read(text: str) -> tuple[str, float]:
    """Return a scale, empty for no size, and the place on it."""
    name = text.strip().casefold()
    if name in LETTERS:
        return "letters", LETTERS.index(name)
    if found := NUMBER.match(name):
        return f"number {found[2]}", float(found[1].replace(",", "."))
    return "", 0.0
