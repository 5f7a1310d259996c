"""The order of names: apfel, Äpfel, Élan, Mug 2, Mug 10, Öl, Zebra, whatever the database's own collation.

A name is stored with a key that sorts by its bytes. Names compare without case, accents and punctuation first, numbers
by their size; accents decide between names that are the same so far.
"""

from __future__ import annotations

from typing import Any

import regex
from django.db import models

from catalog.text.folding import clean, fold

LONGEST = 100  # characters of each half: a key has to fit into an index
MOST_DIGITS = 40
BETWEEN = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
NUMBER = regex.compile(r"0*(\d+)")


def sort_key(name: str) -> str:
    """Return the text whose bytes sort as the name does."""
    letters = BETWEEN.sub(" ", fold(name[: 2 * LONGEST])).strip()
    return f"{NUMBER.sub(_sized, letters)[:LONGEST]}\t{clean(name[:LONGEST])[:LONGEST]}"


def _sized(number: Any) -> str:
    """The digits behind their count, so that 10 follows 2 and not 1."""
    digits = number[1][:MOST_DIGITS]
    return f"{len(digits):02}{digits}"


class Unaccented(models.Func):
    """An expression that orders a field without a key of its own nearly as its keys would."""

    template = r"regexp_replace(lower(normalize(%(expressions)s, NFD)), '[\u0300-\u036f]', '', 'g')"
    output_field = models.TextField()


class SortKeyField(models.CharField):  # type: ignore[type-arg]
    """The sort key of another field. The attribute always answers for what the other holds now."""

    def __init__(self, source: str, **kwargs: Any) -> None:
        self.source = source
        fixed = {"max_length": 2 * LONGEST + 1, "db_collation": "C", "db_default": "", "editable": False}
        super().__init__(**{**kwargs, **fixed})

    def deconstruct(self) -> Any:
        name, path, _args, _kwargs = super().deconstruct()
        return name, path, [self.source], {}

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _SortKey(self.source, self.attname))


class _SortKey:
    """Computes the key whenever it is read; what is read from the database is of no use."""

    def __init__(self, source: str, name: str) -> None:
        self.source, self.name = source, name

    def __get__(self, row: Any, owner: Any = None) -> Any:
        return self if row is None else sort_key(getattr(row, self.source))

    def __set__(self, row: Any, value: str) -> None:
        row.__dict__[self.name] = value  # tells Django that the column was loaded, so that it is saved
