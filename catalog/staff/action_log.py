"""Writing into the admin's log what an action did to many rows; the admin itself logs its forms only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.http import HttpRequest


def log_change_of_many(request: HttpRequest, rows: Sequence[Model], said: str) -> None:
    """An entry for each of the rows, in two queries. Read the rows before they change: a filter may lose them then."""
    LogEntry.objects.log_actions(cast(int, request.user.pk), rows, CHANGE, said)
