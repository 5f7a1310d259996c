"""Timestamps within bounds that every time zone and date calculation can handle.

Years 1 and 9999 overflow in some time zones: a single such row broke every page of the shop. Fields that people or
feeds fill in are BoundedDateTimeFields, and their tables have a `within_bounds` constraint.
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
OUT_OF_BOUNDS = _("Enter a time between the years 2000 and 2199.")


def validate_timestamp(timestamp: datetime) -> None:
    """Raise ValidationError if the timestamp is out of bounds."""
    if not EARLIEST <= timestamp <= LATEST:
        raise ValidationError(OUT_OF_BOUNDS, code="out_of_bounds")


class BoundedDateTimeField(models.DateTimeField):  # type: ignore[type-arg]
    """An optional timestamp that comes from a form or a feed."""

    default_validators = [validate_timestamp]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"null": True, "blank": True, **kwargs})


def within_bounds(table: str, field: str) -> models.CheckConstraint:
    """Return a constraint that keeps the field within bounds, however it is written."""
    return models.CheckConstraint(
        name=f"{table}_{field}_bounds",
        condition=Q(**{field: None}) | Q(**{f"{field}__gte": EARLIEST, f"{field}__lte": LATEST}),
        violation_error_message=OUT_OF_BOUNDS,
    )
