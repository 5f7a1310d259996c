"""The period of a report, split into days, weeks or months in the shop's time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DAY = timedelta(days=1)
MAX_ROWS = 400  # of a report over time


class Step(TextChoices):
    """The time span of one row."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")


@dataclass(frozen=True)
class Period:
    """A range of days, both ends included."""

    since: date
    until: date
    step: Step = Step.DAY

    @classmethod
    def last_days(cls, now: datetime, days: int = 30, step: Step = Step.DAY) -> Period:
        """Return the last `days` days, including today."""
        today = timezone.localdate(now)
        return cls(today - (days - 1) * DAY, today, step)

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.since)

    @property
    def ends_at(self) -> datetime:
        """The exclusive end of the period."""
        return _midnight(self.until + DAY)

    def steps(self) -> Iterator[date]:
        """Yield the first day of each day, week (from Monday) or month."""
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
