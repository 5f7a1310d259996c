"""Which text from outside can be stored and answered with at all."""

from collections.abc import Iterable

from django.http import QueryDict


def is_readable(text: str) -> bool:
    """Return whether PostgreSQL and UTF-8 can hold the text: no NUL and no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text))


def all_readable(texts: Iterable[str]) -> bool:
    """Return whether each of the texts is readable."""
    return all(map(is_readable, texts))


def fields_readable(fields: QueryDict) -> bool:
    """Return whether the names and values of a query or a form are readable."""
    return all(all_readable([name, *values]) for name, values in fields.lists())
