"""Links that remove a filter."""

from django import template
from django.http import QueryDict

register = template.Library()


@register.simple_tag
def without(query: QueryDict, name: str, value: str | None = None) -> str:
    """Return the query without one value of a filter, or without the filter, and without the page number."""
    rest = query.copy()
    rest.setlist(name, [each for each in rest.getlist(name) if value is not None and each != value])
    rest.pop("page", None)
    return f"?{rest.urlencode()}"
