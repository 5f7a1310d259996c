"""Notice changes of the synonyms and of the vocabulary, in any process, with one query in five seconds."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from django.core.cache import caches
from django.db import connection

from catalog.search.languages import shop_language

CHECK_SECONDS = 5
KEY = "catalog.search.changes"

Value = TypeVar("Value")


class Versions(NamedTuple):
    """Values that change with each write: rows and their transactions, and the last count."""

    synonyms: tuple[int, int]
    vocabulary: tuple[int, int]
    language: str


class TableCache(Generic[Value]):
    """A value made from a table, read again when the table or the shop's language changes. Safe in threads."""

    def __init__(self, version: Callable[[Versions], object], read: Callable[[], Value]) -> None:
        self._version, self._read, self._lock = version, read, Lock()
        self._cached: tuple[object, Value] | None = None

    def get(self) -> Value:
        with self._lock:
            found = versions()
            version = self._version(found), found.language
            if self._cached is None or self._cached[0] != version:
                self._cached = version, self._read()
            return self._cached[1]

    def clear(self) -> None:
        """Read the value again when it is next needed."""
        self._cached = None


def versions() -> Versions:
    """Return the versions of both tables, at most CHECK_SECONDS old."""
    found: Versions | None = caches["local"].get(KEY)
    if found is None or found.language != shop_language():
        with connection.cursor() as cursor:
            cursor.execute(VERSIONS)
            rows, writes, count, counted_in = cursor.fetchone()
        found = Versions((rows, writes), (count, counted_in), shop_language())
        caches["local"].set(KEY, found, CHECK_SECONDS)
    return found


def notice() -> None:
    """Look for changes at the next search. Call it after writing."""
    caches["local"].delete(KEY)


VERSIONS = """
SELECT count(*), coalesce(sum(xmin::text::bigint), 0)::bigint,
       coalesce((SELECT max(id) FROM catalog_vocabularycount), 0),
       coalesce((SELECT max(xmin::text::bigint) FROM catalog_vocabularycount), 0)
FROM catalog_synonym
"""
