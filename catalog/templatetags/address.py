"""Addresses that differ from the present one by a filter."""

from django import template
from django.http import QueryDict

register = template.Library()


@register.simple_tag
def without(query: QueryDict, name: str, value: str | None = None) -> str:
    """The query without one value of a filter, or without the whole filter; and back on the first page."""
    rest = query.copy()
    kept = [each for each in rest.getlist(name) if value is not None and each != value]
    rest.setlist(name, kept)
    rest.pop("page", None)
    return f"?{rest.urlencode()}"
