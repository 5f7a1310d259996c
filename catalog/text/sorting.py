"""Sort keys for names: apfel, Äpfel, Élan, Mug 2, Mug 10, Öl, Zebra, independent of the database's collation.

Each name is stored with a key that sorts by its bytes. Case, accents and punctuation are ignored at first, and numbers
compare by value; accents break ties.
"""

from __future__ import annotations

from typing import Any

import regex
from django.db import models

from catalog.text.folding import clean, fold

MAX_HALF = 100  # characters of each half of a key, which must fit into an index
MAX_DIGITS = 40
SEPARATOR = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
NUMBER = regex.compile(r"0*(\d+)")


def sort_key(name: str) -> str:
    """Return a string whose bytes sort in the order of names."""
    letters = SEPARATOR.sub(" ", fold(name[: 2 * MAX_HALF])).strip()
    return f"{NUMBER.sub(_padded, letters)[:MAX_HALF]}\t{clean(name[:MAX_HALF])[:MAX_HALF]}"


def _padded(number: Any) -> str:
    """Prefix the number with its length, so that 10 sorts after 2."""
    digits = number[1][:MAX_DIGITS]
    return f"{len(digits):02}{digits}"


class Unaccented(models.Func):
    """An expression that sorts a field without a sort key in nearly the same order."""

    template = r"regexp_replace(lower(normalize(%(expressions)s, NFD)), '[\u0300-\u036f]', '', 'g')"
    output_field = models.TextField()


class SortKeyField(models.CharField):  # type: ignore[type-arg]
    """The sort key of another field, recomputed on every access."""

    def __init__(self, source: str, **kwargs: Any) -> None:
        self.source = source
        fixed = {"max_length": 2 * MAX_HALF + 1, "db_collation": "C", "db_default": "", "editable": False}
        super().__init__(**{**kwargs, **fixed})

    def deconstruct(self) -> Any:
        name, path, _args, _kwargs = super().deconstruct()
        return name, path, [self.source], {}

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _SortKey(self.source, self.attname))


class _SortKey:
    """Computes the key from the current name; the value loaded from the database is ignored."""

    def __init__(self, source: str, name: str) -> None:
        self.source, self.name = source, name

    def __get__(self, row: Any, owner: Any = None) -> Any:
        return self if row is None else sort_key(getattr(row, self.source))

    def __set__(self, row: Any, value: str) -> None:
        row.__dict__[self.name] = value  # marks the column as loaded, so that Django saves it
