"""The cart in templates."""

from typing import Any

from django import template
from django.http import HttpRequest

from shop.cart.visitor import current_cart

register = template.Library()


@register.simple_tag(takes_context=True)
def cart_count(context: dict[str, Any]) -> int:
    """Pieces in the visitor's cart. Visitors without one cost no query."""
    request: HttpRequest | None = context.get("request")
    cart = current_cart(request) if request is not None else None
    return int(getattr(cart, "pieces", 0))


@register.filter
def of(mapping: dict[Any, Any], key: Any) -> Any:
    """The value under the key, None where there is none."""
    return mapping.get(key)
