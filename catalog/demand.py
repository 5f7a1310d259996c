"""The list of unmet demand: what customers searched for in vain, and what they wrote about it.

`catalog.search_counts` adds the misses.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import Demand, DemandNote
from catalog.search_counts import RETENTION, recordable_words

MAX_DAILY_NOTES = 500  # further notes of the day are dropped


def add_note(query: str, text: str, now: datetime) -> bool:
    """Store what a customer misses, under the words they searched for. One statement.

    Return False if there are too many notes today, or if neither text can be recorded.
    """
    words = recordable_words(query) or recordable_words(text)
    if not (words and recordable_words(text)):
        return False
    day = timezone.localdate(now)
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"words": words, "text": text, "day": day, "most": MAX_DAILY_NOTES})
        return bool(cursor.rowcount)


def dismiss(demand: QuerySet[Demand]) -> int:
    """Take these words off the list until a customer misses them again. Return their number."""
    return demand.filter(is_dismissed=False).update(is_dismissed=True, misses=0)


def delete_old_demand(now: datetime) -> int:
    """Delete words and notes that are older than RETENTION. Return the number of rows."""
    oldest = timezone.localdate(now - RETENTION)
    notes = DemandNote.objects.filter(day__lt=oldest).delete()[0]
    return notes + Demand.objects.filter(last_day__lt=oldest).delete()[0]


NOTE = """
WITH wanted AS (
    INSERT INTO catalog_demand AS known (words, misses, last_day, is_dismissed)
    SELECT %(words)s, 0, %(day)s, false
    WHERE (SELECT count(*) FROM catalog_demandnote WHERE day = %(day)s) < %(most)s
    ON CONFLICT (words) DO UPDATE
    SET last_day = greatest(known.last_day, EXCLUDED.last_day), is_dismissed = false
    RETURNING id
)
INSERT INTO catalog_demandnote AS note (demand_id, day, text, times)
SELECT id, %(day)s, %(text)s, 1 FROM wanted
ON CONFLICT (demand_id, day, text) DO UPDATE SET times = note.times + 1
"""
