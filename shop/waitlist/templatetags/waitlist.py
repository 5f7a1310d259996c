"""Template tag that puts the waitlist form on product pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from catalog.models import Variant

register = template.Library()


@register.inclusion_tag("waitlist/_form.html", takes_context=True)
def wait_form(context: dict[str, Any], variants: Iterable[Variant]) -> dict[str, Any]:
    """Show the form if any of the variants is sold out. No query."""
    request = context["request"]
    return {
        "sold_out": [variant for variant in variants if variant.available <= 0],
        "email": getattr(request.user, "email", ""),
        "csrf_token": context.get("csrf_token"),
    }
