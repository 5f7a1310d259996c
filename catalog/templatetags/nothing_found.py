"""Template tag of searches that are misses."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from catalog import nothing_found as offers
from catalog.forms import MissForm
from catalog.models import Product
from catalog.search import SearchResult, words

register = template.Library()


@register.simple_tag(takes_context=True)
def ways_on(context: dict[str, Any], found: SearchResult) -> dict[str, Any]:
    """Return what to offer after a miss: a form, and other ways if there are no results. Nothing after a success."""
    if found.is_answered or not words(found.query):
        return {}
    form = MissForm(initial={"q": found.query, "text": found.query})
    filters = context["form"]
    if context["result_count"] or filters.is_narrowed or filters.errors:
        return {"form": form}
    now = timezone.now()
    return {
        "form": form,
        "is_empty": True,
        "mentions": offers.mentioning(found),
        "nearest": offers.nearest(Product.objects.visible(now), found),
        "popular": offers.popular_queries(now),
        "categories": filters.tree.children(None),
    }
