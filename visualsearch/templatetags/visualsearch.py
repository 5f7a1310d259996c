"""What the visual search adds to pages of others."""

from typing import Any

from django import template
from django.utils import timezone

from catalog.models import Product
from visualsearch.search import similar_to

register = template.Library()


@register.inclusion_tag("components/_similar.html", takes_context=True)
def similar_products(context: template.Context, product: Product, limit: int = 8) -> dict[str, Any]:
    """Products that look like this one; three queries."""
    found = similar_to(product, Product.objects.visible(timezone.now()), limit)
    return {"results": found, "request": context.get("request")}
