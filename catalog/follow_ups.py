"""Count what customers do after a search, per day and without tracking anyone.

The page of results that a request comes from is in its Referer header, which browsers send to pages of the same shop.
It is compared with the request and not stored.
"""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlsplit

from django.db.models import Sum
from django.http import QueryDict
from django.utils import timezone

from catalog.counters import write_count
from catalog.models import FollowUp
from catalog.search import words

Step = FollowUp.Step
MAX_LENGTH = 1_500  # characters of an address, which bounds the number of its fields


def step_after(came_from: str, results: str, *, query: QueryDict | None) -> Step | None:
    """Return what the customer did, or None if they do not come from the results of a search.

    `results` is the absolute address of the search page. `query` is the query string of the new search, or None for
    a product page.
    """
    if len(came_from) > MAX_LENGTH or came_from.partition("?")[0] != results:
        return None
    before = QueryDict(_query_string(came_from))
    if not words(before.get("q", "")):
        return None
    return Step.OPENED if query is None else _change(before, query)


def count_step(step: Step | None, now: datetime) -> None:
    """Count a step. One statement, and none for None."""
    if step is not None:
        write_count(COUNT, {"day": timezone.localdate(now), "step": step})


def steps_between(since: date, until: date) -> dict[str, int]:
    """Return how often each step was taken, by its name. Both days are included."""
    counted = FollowUp.objects.filter(day__range=(since, until)).values_list("step").annotate(Sum("times"))
    return {step.value: 0 for step in Step} | dict(counted.order_by())


def delete_old_steps(oldest: date) -> int:
    return FollowUp.objects.filter(day__lt=oldest).delete()[0]


def _change(before: QueryDict, after: QueryDict) -> Step | None:
    """Return what differs between two searches; a filter, order or page only counts for the same words."""
    if words(before.get("q", "")) != words(after.get("q", "")):
        return Step.REWORDED if words(after.get("q", "")) else None
    if _filters(before) != _filters(after):
        return Step.FILTERED
    if before.get("sort", "") != after.get("sort", ""):
        return Step.SORTED
    return Step.PAGED if after.get("page", "1") not in (before.get("page", "1"), "1") else None


def _filters(query: QueryDict) -> dict[str, list[str]]:
    given = ((name, sorted(filter(None, values))) for name, values in query.lists())
    return {name: values for name, values in given if values and name not in ("q", "sort", "page")}


def _query_string(address: str) -> str:
    try:
        return urlsplit(address).query
    except ValueError:  # a malformed host
        return ""


COUNT = """
INSERT INTO catalog_followup AS known (day, step, times) VALUES (%(day)s, %(step)s, 1)
ON CONFLICT (day, step) DO UPDATE SET times = known.times + 1
"""
