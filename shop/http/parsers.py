"""Bodies of the API's calls, refused before a serializer sees them where they could harm what comes after."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.http import QueryDict
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from shop.http.text import fields_readable, is_readable

DEEPEST = 20  # levels; no call needs more than four
LONGEST_NUMBER = 40  # digits; every number of a call fits into far fewer


class JSONParser(parsers.JSONParser):
    """JSON without duplicate keys, endless numbers, unreadable text or more than DEEPEST levels."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The values that the body holds. Raises ParseError with a sentence for whoever wrote the client."""
        try:
            said = json.loads(
                stream.read(),
                object_pairs_hook=_object,
                parse_int=_int,
                parse_float=_float,
                parse_constant=_constant,
            )
        except RecursionError as error:
            raise ParseError(f"The JSON is nested more than {DEEPEST} levels deep.") from error
        except UnicodeDecodeError as error:
            raise ParseError("The JSON is not text in UTF-8.") from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error
        for depth, value in _walk(said):
            if depth > DEEPEST:
                raise ParseError(f"The JSON is nested more than {DEEPEST} levels deep.")
            if isinstance(value, str) and not is_readable(value):
                raise ParseError("The JSON holds a character that no text has, such as NUL.")
        return said


class FormParser(parsers.FormParser):
    """Form fields, none of them with an unreadable character."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The fields. Raises ParseError."""
        fields = super().parse(stream, media_type, parser_context)
        _check_fields(fields)
        return fields


class MultiPartParser(parsers.MultiPartParser):
    """Form fields and files, none of them with an unreadable character in its name or value."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Fields and files. Raises ParseError."""
        found = super().parse(stream, media_type, parser_context)
        _check_fields(found.data)
        return found


def _check_fields(fields: QueryDict) -> None:
    if not fields_readable(fields):
        raise ParseError("A field holds a character that no text has, such as NUL.")


def _walk(said: Any) -> Iterator[tuple[int, Any]]:
    """Every value and key with its depth, without a call per level; nothing below the first level too deep."""
    waiting = [(1, said)]
    while waiting:
        depth, value = waiting.pop()
        yield depth, value
        if isinstance(value, dict):
            waiting += [(depth + 1, each) for pair in value.items() for each in pair]
        elif isinstance(value, list):
            waiting += [(depth + 1, each) for each in value]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object names a key twice")
    return found


def _int(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"a number has more than {LONGEST_NUMBER} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if len(digits) > LONGEST_NUMBER or not math.isfinite(number):
        raise ValueError("a number is larger or longer than any of this shop's")
    return number


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no number")
