"""Parsers of API request bodies that reject malicious input before a serializer sees it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.http import QueryDict
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from shop.http.text import fields_readable, is_readable

MAX_DEPTH = 20  # no call needs more than four levels
MAX_DIGITS = 40  # far more than any number in a call has


class JSONParser(parsers.JSONParser):
    """Parse JSON, but reject duplicate keys, huge numbers, unreadable text and deep nesting."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            parsed = json.loads(
                stream.read(),
                object_pairs_hook=_object,
                parse_int=_int,
                parse_float=_float,
                parse_constant=_constant,
            )
        except RecursionError as error:
            raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.") from error
        except UnicodeDecodeError as error:
            raise ParseError("The JSON is not UTF-8.") from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error
        for depth, value in _walk(parsed):
            if depth > MAX_DEPTH:
                raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
            if isinstance(value, str) and not is_readable(value):
                raise ParseError("The JSON contains an invalid character, such as NUL.")
        return parsed


class FormParser(parsers.FormParser):
    """Parse form fields, but reject unreadable characters."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        fields = super().parse(stream, media_type, parser_context)
        _check_fields(fields)
        return fields


class MultiPartParser(parsers.MultiPartParser):
    """Parse form fields and files, but reject unreadable characters in names and values."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        found = super().parse(stream, media_type, parser_context)
        _check_fields(found.data)
        return found


def _check_fields(fields: QueryDict) -> None:
    if not fields_readable(fields):
        raise ParseError("A field contains an invalid character, such as NUL.")


def _walk(parsed: Any) -> Iterator[tuple[int, Any]]:
    """Yield every key and value with its depth, without recursion."""
    pending = [(1, parsed)]
    while pending:
        depth, value = pending.pop()
        yield depth, value
        if isinstance(value, dict):
            pending += [(depth + 1, each) for pair in value.items() for each in pair]
        elif isinstance(value, list):
            pending += [(depth + 1, each) for each in value]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a duplicate key")
    return found


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if len(digits) > MAX_DIGITS or not math.isfinite(number):
        raise ValueError("a number is too large or has too many digits")
    return number


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
