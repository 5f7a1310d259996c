"""Notice changes of the synonyms and of the vocabulary, in any process, with one query in five seconds."""

from __future__ import annotations

from typing import NamedTuple

from django.core.cache import caches
from django.db import connection

from catalog.search.languages import shop_language

CHECK_SECONDS = 5
KEY = "catalog.search.changes"


class Versions(NamedTuple):
    """Values that change with each write: rows and their transactions, and the last count."""

    synonyms: tuple[int, int]
    vocabulary: tuple[int, int]
    language: str


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
