"""“Tell me when it is back”, on the page of a product: templates put together what rooms may not import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from catalog.models import Variant

register = template.Library()


@register.inclusion_tag("waitlist/_form.html", takes_context=True)
def wait_form(context: dict[str, Any], variants: Iterable[Variant]) -> dict[str, Any]:
    """The form for those versions that have sold out; nothing where there are none. No query."""
    request = context["request"]
    return {
        "sold_out": [variant for variant in variants if variant.available <= 0],
        "email": getattr(request.user, "email", ""),
        "csrf_token": context.get("csrf_token"),
    }
