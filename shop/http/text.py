"""Checks that text from a request can be stored and sent back."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.utils.http import parse_header_parameters

UNREADABLE = "application/octet-stream; charset=unreadable"  # AdmissionMiddleware refuses this charset


class ReadableContentType:
    """A WSGI wrapper that replaces a malformed Content-Type, on which Django fails before any middleware runs."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, environment: dict[str, Any], start_response: Any) -> Any:
        try:
            parse_header_parameters(environment.get("CONTENT_TYPE", ""))
        except (ValueError, LookupError):
            environment["CONTENT_TYPE"] = UNREADABLE
        return self.application(environment, start_response)


def is_readable(text: str) -> bool:
    """Return True if PostgreSQL and UTF-8 can represent the text: no NUL, no lone surrogates."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text))


def all_readable(texts: Iterable[str]) -> bool:
    return all(map(is_readable, texts))


def fields_readable(fields: QueryDict) -> bool:
    """Check the names and values of a query string or form."""
    return all(all_readable([name, *values]) for name, values in fields.lists())
