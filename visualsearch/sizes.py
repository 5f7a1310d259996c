"""Which sizes are the next smaller and larger, as far as their names say: M and XL, 42, 300 ml, 160 × 230 cm."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from catalog.search.amounts import UNITS

LETTERS = re.compile(r"m|(?:(?P<times>[1-9])x|(?P<row>x{0,5}))(?P<letter>[sl])")  # XS, 3XL, XXL
WORDS = {"small": -1, "medium": 0, "large": 1, "klein": -1, "mittel": 0, "gross": 1, "petit": -1, "moyen": 0,
         "grand": 1}  # fmt: skip
MAX_LENGTH = 60  # characters
TIMES = re.compile(r"\s*[x×*]\s*(?=\d)")  # between the sides of a rug
NUMBER = re.compile(r"(\d{1,7}(?:[.,\' ]\d{3})*(?:[.,]\d{1,3})?)\s*([^\W\d]{1,12}|[\"″%°])?")
GROUPED = re.compile(r"(?<=[1-9])[.,\' ](?=\d{3}(?!\d))|(?<=\d\d)[.,\' ](?=\d{3}(?!\d))")
# Units of one scale, and how many of the smallest each is. Other units are scales of their own.
SCALES = (
    {"mm": 1, "cm": 10, "dm": 100, "m": 1_000, "km": 1_000_000, "in": 25.4, "inch": 25.4, "inches": 25.4,
     "zoll": 25.4, '"': 25.4, "″": 25.4, "ft": 304.8, "feet": 304.8},
    {"ml": 1, "cl": 10, "dl": 100, "l": 1_000, "liter": 1_000, "liters": 1_000, "litre": 1_000, "litres": 1_000},
    {"mg": 1, "g": 1_000, "kg": 1_000_000, "oz": 28_350, "lb": 453_592, "lbs": 453_592},
    {"mb": 1, "gb": 1_000, "tb": 1_000_000},
    {"w": 1, "watt": 1, "watts": 1, "kw": 1_000},
    {"mah": 1, "ah": 1_000},
)  # fmt: skip
KNOWN = UNITS.union(*SCALES)


class Size(NamedTuple):
    """A place on a scale. The scale is empty for no size."""

    scale: str
    place: float
    has_unit: bool = False


class Steps(NamedTuple):
    """The names of the next sizes, None if there is none."""

    smaller: str | None = None
    larger: str | None = None


def next_sizes(own: str, others: Iterable[str], *, needs_unit: bool = False) -> Steps:
    """Return the nearest of the others on either side. With `needs_unit`, only numbers with a unit are sizes."""
    size = read_size(own)
    if not size.scale or (needs_unit and not size.has_unit):
        return Steps()
    known = [(each, read_size(each)) for each in others]
    places = [(each.place, name) for name, each in known if each.scale == size.scale]
    smaller = max((each for each in places if each[0] < size.place), default=(0, None))
    larger = min((each for each in places if each[0] > size.place), default=(0, None))
    return Steps(smaller[1], larger[1])


def read_size(text: str) -> Size:
    name = text.strip().casefold()
    if len(name) > MAX_LENGTH:
        return Size("", 0)
    if name in WORDS:
        return Size("letters", WORDS[name])
    if found := LETTERS.fullmatch(name):
        times = 1 + int(found["times"] or 0) + len(found["row"] or "")
        return Size("letters", {"s": -times, "l": times}.get(found["letter"], 0))
    return _measure(TIMES.split(name))


def _measure(sides: list[str]) -> Size:
    """Return the product of up to three sides with one unit."""
    found = [NUMBER.fullmatch(side) for side in sides]
    numbers = [float(GROUPED.sub("", each[1]).replace(",", ".")) for each in found if each]
    units = {each[2] for each in found if each and each[2]}
    if not 1 <= len(found) <= 3 or len(numbers) < len(found) or len(units) > 1:
        return Size("", 0)
    unit = next(iter(units), "")
    scale = next((each for each in SCALES if unit in each), {unit: 1})
    return Size(f"{next(iter(scale))} {len(found)}", prod(each * scale[unit] for each in numbers), unit in KNOWN)
