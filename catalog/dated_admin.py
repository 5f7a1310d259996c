"""Lists of the admin that can be narrowed by dates."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest


class DatedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list with a hierarchy of dates. An address that asks for the day after the last of all days is no error."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:
            raise IncorrectLookupParameters from error
