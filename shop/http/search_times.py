"""Measure how long searches take, in coarse steps and per day.

A process counts in memory, and writes its counts with one statement when a search comes FLUSH_SECONDS after the first
unwritten one, or when it ends. Processes add to the same rows. A killed process loses its last minute.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from threading import Lock

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from catalog.search_counts import RETENTION
from shop.models import SearchTime

GetResponse = Callable[[HttpRequest], HttpResponse]
Kind = SearchTime.Kind
KINDS = {
    "catalog:search": Kind.WORDS,
    "api:search": Kind.WORDS,
    "visualsearch:photo": Kind.PHOTO,
    "api:photo": Kind.PHOTO,
}
# Upper bounds in milliseconds; each is at most half again the one before.
STEPS = (
    5,
    7,
    10,
    15,
    20,
    30,
    40,
    60,
    80,
    120,
    160,
    240,
    320,
    480,
    640,
    960,
    1_300,
    2_000,
    3_000,
    4_500,
    7_000,
    60_000,
)
FLUSH_SECONDS = 60
MAX_WAITING = 500  # searches

ADD = """
INSERT INTO shop_searchtime AS known (day, kind, at_most_ms, searches)
SELECT * FROM unnest(%s::date[], %s::text[], %s::int[], %s::int[])
ON CONFLICT (day, kind, at_most_ms) DO UPDATE SET searches = known.searches + EXCLUDED.searches
"""


class Times:
    """The searches of this process that are not in the database yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        self._waiting: Counter[tuple[date, str, int]] = Counter()
        self._since = 0.0

    def add(self, kind: str, milliseconds: float, now: datetime) -> None:
        """Count a search, and write all counts if the oldest has waited long enough."""
        step = STEPS[min(bisect_left(STEPS, milliseconds), len(STEPS) - 1)]
        with self._lock:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting[timezone.localdate(now), kind, step] += 1
            is_due = time.monotonic() - self._since >= FLUSH_SECONDS or self._waiting.total() >= MAX_WAITING
        if is_due:
            self.flush()

    def flush(self) -> None:
        """Write the counts. If the database fails, they are lost: a customer's page matters more."""
        with self._lock:
            waiting, self._waiting = self._waiting, Counter()
        if waiting:
            rows = sorted((day, kind, step, number) for (day, kind, step), number in waiting.items())
            with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute(ADD, [list(column) for column in zip(*rows, strict=True)])


times = Times()
atexit.register(times.flush)
os.register_at_fork(after_in_child=times.clear)


class SearchTimesMiddleware:
    """Measure answered searches by words and by photo, on the pages and in the API."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        kind = KINDS.get(match.view_name) if match and response.status_code == 200 else None
        if (kind == Kind.PHOTO and request.method == "POST") or (kind == Kind.WORDS and request.GET.get("q")):
            times.add(kind, 1000 * (time.perf_counter() - started), timezone.now())
        return response


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the time below which this share of the searches lies, from the number of searches by step."""
    left = share * sum(counts.values())
    if not left:
        return None
    for place, step in enumerate(STEPS):
        number = counts.get(step, 0)
        if number and number >= left:
            below = STEPS[place - 1] if place else 0
            return below + (step - below) * left / number
        left -= number
    return float(STEPS[-1])


def delete_old_times(now: datetime) -> int:
    """Delete counts older than RETENTION. Return the number of rows."""
    return SearchTime.objects.filter(day__lt=timezone.localdate(now - RETENTION)).delete()[0]
