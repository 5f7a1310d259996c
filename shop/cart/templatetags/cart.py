"""Template tags for the cart."""

from typing import Any

from django import template
from django.http import HttpRequest

from shop.cart.visitor import current_cart

register = template.Library()


@register.simple_tag(takes_context=True)
def cart_count(context: dict[str, Any]) -> int:
    """Return the number of items in the visitor's cart. Visitors without a cart cost no query."""
    request: HttpRequest | None = context.get("request")
    cart = current_cart(request) if request is not None else None
    return cart.item_count if cart else 0


@register.filter
def of(mapping: dict[Any, Any], key: Any) -> Any:
    """Return the value of the key, or None."""
    return mapping.get(key)
