"""Searches that other customers had success with, for suggestions.

A search is offered only if it was made often, on several days, and rarely missed: what one person typed once, such as
a name, never appears, and neither do words that the shop has no answer to.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import caches
from django.db import connection
from django.utils import timezone

from catalog.models.search_tally import MAX_WORDS_LENGTH
from catalog.search.find import words

PERIOD = timedelta(days=60)
MIN_SEARCHES = 5
MIN_DAYS = 3
MIN_LENGTH = 2  # characters
CACHE_SECONDS = 10 * 60


def beginning_with(text: str, number: int, now: datetime) -> list[str]:
    """Return the most frequent successful searches that begin with these words."""
    start = " ".join(words(text))
    if not MIN_LENGTH <= len(start) <= MAX_WORDS_LENGTH:
        return []
    return _successful(_like(start), number, now)


def popular(number: int, now: datetime) -> list[str]:
    """Return the most frequent successful searches. Cached."""
    key = f"catalog.popular_queries:{number}"
    known: list[str] | None = caches["local"].get(key)
    if known is None:
        known = _successful("%", number, now)
        caches["local"].set(key, known, CACHE_SECONDS)
    return known


def _successful(pattern: str, number: int, now: datetime) -> list[str]:
    since = timezone.localdate(now - PERIOD)
    params: dict[str, Any] = {"pattern": pattern, "since": since, "most": number}
    params |= {"searches": MIN_SEARCHES, "days": MIN_DAYS}
    with connection.cursor() as cursor:
        cursor.execute(SUCCESSFUL, params)
        return [row[0] for row in cursor.fetchall()]


def _like(start: str) -> str:
    escaped = start.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


SUCCESSFUL = """
SELECT words FROM catalog_searchtally
WHERE kind = 'words' AND words <> '' AND words LIKE %(pattern)s AND day >= %(since)s
GROUP BY words
HAVING sum(searches) >= %(searches)s AND count(*) >= %(days)s AND sum(unanswered) * 5 <= sum(searches)
ORDER BY sum(searches) DESC, words LIMIT %(most)s
"""
