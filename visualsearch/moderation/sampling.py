"""Draw a few allowed pictures for staff, so that what the checks miss can be counted. The pictures stay public."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from visualsearch.models import PictureDecision, SampleSetting, Verdict, VerdictState
from visualsearch.models.check_settings import WEEKLY_SAMPLE

WEEK = timedelta(days=7)


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
        keys = list(allowed.order_by("?").values_list("pk", flat=True)[:missing])
        return allowed.filter(pk__in=keys).update(sampled_at=now)
