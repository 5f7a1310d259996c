"""Moments from forms and feeds, kept within bounds that every time zone and every sum of days can bear.

Year 1 and year 9999 are dates that no clock can show west or east of Greenwich: one such row made every page of the
shop an error. A field that people or programs fill in is a MomentField, and its table has a `within_bounds`
constraint.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)
SENTENCE = _("Enter a time between the years 2000 and 2199.")


def validate_moment(moment: datetime) -> None:
    """Refuse a moment outside the bounds. Raises ValidationError."""
    if not EARLIEST <= moment <= LATEST:
        raise ValidationError(SENTENCE, code="out_of_bounds")


class MomentField(models.DateTimeField):  # type: ignore[type-arg]
    """A moment that comes from a form or a feed."""

    default_validators = [validate_moment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"null": True, "blank": True, **kwargs})


def within_bounds(table: str, field: str) -> models.CheckConstraint:
    """Return the constraint that no way of writing the field gets around."""
    return models.CheckConstraint(
        name=f"{table}_{field}_bounds",
        condition=Q(**{field: None}) | Q(**{f"{field}__gte": EARLIEST, f"{field}__lte": LATEST}),
        violation_error_message=SENTENCE,
    )
