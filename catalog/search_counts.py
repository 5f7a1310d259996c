"""Count searches, so that staff can see what customers do not find. One statement per search.

A search is a miss if no product meets the whole query as typed, even if weaker results were shown. The words of misses
go into the list of unmet demand as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from catalog.counters import write_count
from catalog.models.search_tally import MAX_WORDS_LENGTH, SearchTally
from catalog.search import words

MAX_DAILY_ROWS = 1_000  # further searches of the day are counted together
MAX_DIGITS = 5  # text with more may contain a telephone or order number
RETENTION = timedelta(days=366)


def count_text_search(text: str, *, found: bool, now: datetime) -> None:
    """Count a search for these words, which is a miss unless `found`. Text without words is ignored."""
    if words(text):
        _count(SearchTally.Kind.WORDS, recordable_words(text), found, now)


def count_photo_search(*, found: bool, now: datetime) -> None:
    """Count a search by photo. `found` is True if there was a match."""
    _count(SearchTally.Kind.PHOTO, "", found, now)


def recordable_words(text: str) -> str:
    """Return the words in lower case, or an empty string if the text may contain personal data."""
    if "@" in text or sum(letter.isdigit() for letter in text) > MAX_DIGITS:
        return ""
    return " ".join(words(text))[:MAX_WORDS_LENGTH]


def delete_old_searches(now: datetime) -> int:
    """Delete counts older than RETENTION. Return the number of rows."""
    return SearchTally.objects.filter(day__lt=timezone.localdate(now - RETENTION)).delete()[0]


def _count(kind: SearchTally.Kind, text: str, found: bool, now: datetime) -> None:
    day, missed = timezone.localdate(now), int(not found)
    values = {"day": day, "kind": kind, "words": text, "missed": missed, "most": MAX_DAILY_ROWS}
    write_count(COUNT, values)


COUNT = """
WITH counted AS (
    INSERT INTO catalog_searchtally AS known (day, kind, words, searches, unanswered)
    SELECT %(day)s, %(kind)s, CASE
        WHEN EXISTS (SELECT FROM catalog_searchtally WHERE day = %(day)s AND kind = %(kind)s AND words = %(words)s)
          OR (SELECT count(*) FROM catalog_searchtally WHERE day = %(day)s) < %(most)s THEN %(words)s ELSE '' END,
        1, %(missed)s
    ON CONFLICT (day, kind, words)
    DO UPDATE SET searches = known.searches + 1, unanswered = known.unanswered + EXCLUDED.unanswered
    RETURNING words
)
INSERT INTO catalog_demand AS wanted (words, misses, last_day, is_dismissed)
SELECT words, 1, %(day)s, false FROM counted WHERE words <> '' AND %(missed)s > 0
ON CONFLICT (words) DO UPDATE
SET misses = wanted.misses + 1, last_day = greatest(wanted.last_day, EXCLUDED.last_day), is_dismissed = false
"""
