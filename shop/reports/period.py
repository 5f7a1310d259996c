"""A span of days, cut into days, weeks or months, in the shop's own time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DAY = timedelta(days=1)
MOST_ROWS = 400  # of a table over time


class Step(TextChoices):
    """What one row of a table over time is about."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")


@dataclass(frozen=True)
class Period:
    """From one day to another, both included."""

    since: date
    until: date
    step: Step = Step.DAY

    @classmethod
    def lately(cls, now: datetime, days: int = 30, step: Step = Step.DAY) -> Period:
        """The last so many days, today included."""
        today = timezone.localdate(now)
        return cls(today - (days - 1) * DAY, today, step)

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.since)

    @property
    def ends_at(self) -> datetime:
        """The first moment that is no part of it any more."""
        return _midnight(self.until + DAY)

    def steps(self) -> Iterator[date]:
        """The first day of each of its days, weeks (from Monday) or months."""
        day = self.since
        if self.step == Step.WEEK:
            day -= day.weekday() * DAY
        elif self.step == Step.MONTH:
            day = day.replace(day=1)
        while day <= self.until:
            yield day
            day = self._after(day)

    def _after(self, day: date) -> date:
        if self.step == Step.MONTH:
            return (day + 31 * DAY).replace(day=1)
        return day + (7 * DAY if self.step == Step.WEEK else DAY)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
