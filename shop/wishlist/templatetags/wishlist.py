"""Template tags of the wishlist: the heart on products and the count in the header."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from catalog.fragments import fragment
from catalog.models import Product
from shop.accounts.models import Customer
from shop.wishlist.guest import guest_ids
from shop.wishlist.services import wished_ids

register = template.Library()
CACHE_ATTRIBUTE = "_wished_ids"  # on the request


@register.simple_tag(takes_context=True)
def wish_count(context: dict[str, Any]) -> int:
    """Return the number of items. One query per page for a customer, none for a guest."""
    return len(_wished(context))


@register.simple_tag(takes_context=True)
def wish_button(context: dict[str, Any], product: Product, with_text: bool = False) -> SafeString:
    """Show a product's wishlist button. All buttons of a page share one form, and the query of `wish_count`."""
    facts = {"slug": product.slug, "title": product.title, "is_wished": product.pk in _wished(context)}
    return fragment("wishlist/_button.html", **facts, with_text=with_text)


@register.simple_tag
def cart_address() -> str:
    """Return the URL that adds a variant to the cart; empty in a shop without a cart."""
    try:
        return reverse("cart:add")
    except NoReverseMatch:
        return ""


def _wished(context: dict[str, Any]) -> frozenset[int]:
    request = context.get("request")
    if request is None or not hasattr(request, "session"):
        return frozenset()
    if not hasattr(request, CACHE_ATTRIBUTE):
        ids = wished_ids(request.user) if isinstance(request.user, Customer) else guest_ids(request.session)
        setattr(request, CACHE_ATTRIBUTE, frozenset(ids))
    wished: frozenset[int] = getattr(request, CACHE_ATTRIBUTE)
    return wished
