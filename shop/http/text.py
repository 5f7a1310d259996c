"""Which text from outside can be stored and answered with at all."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.utils.http import parse_header_parameters

UNREADABLE = "application/octet-stream; charset=unreadable"  # which the middleware refuses


class ReadableContentType:
    """Give Django a content type that it can read: on one that it cannot, it fails before any middleware runs."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, environment: dict[str, Any], start_response: Any) -> Any:
        try:
            parse_header_parameters(environment.get("CONTENT_TYPE", ""))
        except (ValueError, LookupError):
            environment["CONTENT_TYPE"] = UNREADABLE
        return self.application(environment, start_response)


def is_readable(text: str) -> bool:
    """Return whether PostgreSQL and UTF-8 can hold the text: no NUL and no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text))


def all_readable(texts: Iterable[str]) -> bool:
    """Return whether each of the texts is readable."""
    return all(map(is_readable, texts))


def fields_readable(fields: QueryDict) -> bool:
    """Return whether the names and values of a query or a form are readable."""
    return all(all_readable([name, *values]) for name, values in fields.lists())
