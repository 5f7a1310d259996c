"""Counting what customers search for, so that staff learn what is missing. One statement a search."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from catalog.models.search_tally import LONGEST_WORDS, SearchTally
from catalog.search import words

MOST_A_DAY = 1_000  # different words; what else is searched for on that day is counted together
MOST_DIGITS = 5  # more of them may be a telephone number or an order's
MEMORY = timedelta(days=366)


def count_words(text: str, *, found: bool, now: datetime) -> None:
    """Count one search for these words; nothing for a text without any."""
    if words(text):
        _count(SearchTally.Kind.WORDS, kept_words(text), found, now)


def count_photo(*, found: bool, now: datetime) -> None:
    """Count one search by photo; `found` says whether something of the shop is on it."""
    _count(SearchTally.Kind.PHOTO, "", found, now)


def kept_words(text: str) -> str:
    """The words in small letters; none where the text may say who somebody is: an address or a number."""
    if "@" in text or sum(letter.isdigit() for letter in text) > MOST_DIGITS:
        return ""
    return " ".join(words(text))[:LONGEST_WORDS]


def forget_searches(now: datetime) -> int:
    """Let go of what is older than a year; how many rows."""
    return SearchTally.objects.filter(day__lt=timezone.localdate(now - MEMORY)).delete()[0]


def _count(kind: SearchTally.Kind, text: str, found: bool, now: datetime) -> None:
    day, missed = timezone.localdate(now), 0 if found else 1
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT, {"day": day, "kind": kind, "words": text, "missed": missed, "most": MOST_A_DAY}
        )  # fmt: skip


COUNT = """
INSERT INTO catalog_searchtally AS known (day, kind, words, searches, unanswered)
SELECT %(day)s, %(kind)s, CASE
    WHEN EXISTS (SELECT FROM catalog_searchtally WHERE day = %(day)s AND kind = %(kind)s AND words = %(words)s)
      OR (SELECT count(*) FROM catalog_searchtally WHERE day = %(day)s) < %(most)s THEN %(words)s ELSE '' END,
    1, %(missed)s
ON CONFLICT (day, kind, words)
DO UPDATE SET searches = known.searches + 1, unanswered = known.unanswered + EXCLUDED.unanswered
"""
