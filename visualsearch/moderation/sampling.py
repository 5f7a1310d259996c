"""Draw pictures at random: a few allowed ones for staff, so that what the checks miss can be counted.

The pictures stay public.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, QuerySet

from visualsearch.models import PictureDecision, SampleSetting, Verdict, VerdictState
from visualsearch.models.check_settings import WEEKLY_SAMPLE

WEEK = timedelta(days=7)
FEW = 10_000  # keys in a table that may be sorted at random
GUESSES = 20  # for each row that is wanted
ROUNDS = 5


def weekly() -> int:
    """Return how many pictures to draw in a week. One query."""
    row = SampleSetting.objects.first()
    return WEEKLY_SAMPLE if row is None else row.weekly


def draw(now: datetime) -> int:
    """Draw what is missing of this week's sample. Return how many pictures were drawn.

    Pictures that staff have not looked at yet count, so that nobody's queue grows while they are away.
    """
    waiting = Verdict.objects.filter(sampled_at__isnull=False)
    done = PictureDecision.objects.filter(is_sample=True, decided_at__gt=now - WEEK)
    missing = weekly() - waiting.count() - done.count()
    if missing <= 0:
        return 0
    allowed = Verdict.objects.filter(state=VerdictState.ALLOWED, decided_at=None, sampled_at=None, appeal="")
    with transaction.atomic():
        keys = draw_keys(allowed, missing)
        return allowed.filter(pk__in=keys).update(sampled_at=now)


def draw_keys(rows: QuerySet[Any], number: int) -> list[int]:
    """Return the keys of `number` of these rows, each as likely as any other, without reading a large table.

    There, keys are guessed. Fewer are returned if hardly any guess is one of these rows.
    """
    ends = rows.model._default_manager.aggregate(low=Min("pk"), high=Max("pk"))
    low, high = ends["low"] or 0, ends["high"] or 0
    if high - low < FEW:
        return list(rows.order_by("?").values_list("pk", flat=True)[:number])
    found: set[int] = set()
    for _ in range(ROUNDS):
        guesses = random.sample(range(low, high + 1), min(GUESSES * number, high - low + 1))
        found.update(rows.filter(pk__in=guesses).values_list("pk", flat=True))
        if len(found) >= number:
            break
    return random.sample(sorted(found), min(number, len(found)))
