"""What the wishlist adds to the pages of others: hearts on products, and their number in the header."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from catalog.models import Product
from shop.accounts.models import Customer
from shop.wishlist.guest import guest_ids
from shop.wishlist.services import wished_ids

register = template.Library()
REMEMBERED = "_wished_ids"


@register.simple_tag(takes_context=True)
def wish_count(context: dict[str, Any]) -> int:
    """How many products she wishes for. One query a page for a customer, none for a guest."""
    return len(_wished(context))


@register.inclusion_tag("wishlist/_button.html", takes_context=True)
def wish_button(context: dict[str, Any], product: Product, with_text: bool = False) -> dict[str, Any]:
    """The heart of a product; its form stands once on the page. No query beside that of `wish_count`."""
    return {"product": product, "is_wished": product.pk in _wished(context), "with_text": with_text}


@register.simple_tag
def cart_address() -> str:
    """Where a variant is put into the cart; empty in a shop without one."""
    try:
        return reverse("cart:add")
    except NoReverseMatch:
        return ""


def _wished(context: dict[str, Any]) -> list[int]:
    request = context.get("request")
    if request is None or not hasattr(request, "session"):
        return []
    if not hasattr(request, REMEMBERED):
        ids = wished_ids(request.user) if isinstance(request.user, Customer) else guest_ids(request.session)
        setattr(request, REMEMBERED, ids)
    return list(getattr(request, REMEMBERED))
