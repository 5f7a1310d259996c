"""What the visual search adds to pages of others."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.attention import Concern, concern
from catalog.models import Product
from visualsearch import engine
from visualsearch.models import ImageEmbedding
from visualsearch.search import similar_to

register = template.Library()


@register.simple_tag
def picture_concerns() -> Sequence[Concern]:
    """Pictures that the network in use could not look at, where there are any; two queries."""
    failed = ImageEmbedding.objects.filter(network=engine.network(), vector__isnull=True)
    found = concern(
        _("Pictures that cannot be found by photo"), failed, "visualsearch_imageembedding", "status=failed"
    )
    return [found] if found.count else []


@register.inclusion_tag("components/_similar.html", takes_context=True)
def similar_products(context: template.Context, product: Product, limit: int = 8) -> dict[str, Any]:
    """Products that look like this one; three queries."""
    found = similar_to(product, Product.objects.visible(timezone.now()), limit)
    return {"results": found, "request": context.get("request")}
