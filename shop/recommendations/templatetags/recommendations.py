"""Template tags that place shelves of recommendations on pages. The shelves load after the page."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Product
from shop.recommendations.history import viewed_ids

register = template.Library()
PLACE = "recommendations/_place.html"


@register.simple_tag(takes_context=True)
def has_history(context: dict[str, Any]) -> bool:
    """Return True if the visitor viewed any product. No query besides that of their session."""
    request = context.get("request")
    return request is not None and hasattr(request, "user") and bool(viewed_ids(request))


@register.inclusion_tag(PLACE)
def shelves_for_you() -> dict[str, str]:
    """Place the visitor's own shelves. No query."""
    return {"address": reverse("recommendations:for-you"), "text": _("Recently viewed and picked for you")}


@register.inclusion_tag(PLACE)
def shelves_for_product(product: Product) -> dict[str, str]:
    """Place what goes with the product, and the visitor's own shelves. No query."""
    return {"address": reverse("recommendations:more", args=[product.slug]), "text": _("What goes well with it")}


@register.inclusion_tag(PLACE)
def shelves_for_cart() -> dict[str, str]:
    """Place what goes with the items in the cart. No query."""
    return {"address": reverse("recommendations:cart"), "text": _("What goes well with your cart")}
