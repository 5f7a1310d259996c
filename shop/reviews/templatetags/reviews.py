"""What reviews add to the pages of others."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import ngettext

from catalog.models import Product
from shop.reviews.models import Review

register = template.Library()
SHOWN = 4  # on the page of a product; the others are a link away
FULL = 5


@register.inclusion_tag("reviews/_rating.html")
def product_rating(product: Product) -> dict[str, Any]:
    """Stars and how many there are of them; nothing where there are none. No query."""
    number = product.rating_count
    said = ngettext(
        "%(average)s of 5 stars in %(number)d review", "%(average)s of 5 stars in %(number)d reviews", number
    )
    return {
        "number": number,
        "width": round(float(product.rating_average or 0) / FULL * 100),
        "said": said % {"average": product.rating_average, "number": number},
    }


@register.filter
def stars(review: Review) -> str:
    return "★" * review.rating + "☆" * (FULL - review.rating)


@register.inclusion_tag("reviews/_of_product.html")
def product_reviews(product: Product) -> dict[str, Any]:
    """The newest reviews of a product. One query, and none where there are no reviews."""
    found = list(Review.objects.approved().filter(product=product)[:SHOWN]) if product.rating_count else []
    facts = {"product": product, "reviews": found, "has_more": product.rating_count > len(found)}
    return {**facts, "is_for_buyers": settings.REVIEWS_BUYERS_ONLY}
