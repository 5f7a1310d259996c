"""Template tags that show reviews on product pages."""

from typing import Any

from django import template
from django.conf import settings
from django.db.models import Q
from django.utils.translation import ngettext

from catalog.models import Product
from shop.reviews.models import Review

register = template.Library()
REVIEWS_SHOWN = 4  # on a product's page, above a link to the rest
PHOTOS_SHOWN = 12
MAX_STARS = 5


@register.inclusion_tag("reviews/_rating.html")
def product_rating(product: Product) -> dict[str, Any]:
    """Show the average rating and the number of reviews, if any, without a query."""
    number = product.rating_count
    label = ngettext(
        "%(average)s of 5 stars in %(number)d review", "%(average)s of 5 stars in %(number)d reviews", number
    )
    return {
        "number": number,
        "width": round(float(product.rating_average or 0) / MAX_STARS * 100),
        "label": label % {"average": product.rating_average, "number": number},
    }


@register.filter
def stars(review: Review) -> str:
    return "★" * review.rating + "☆" * (MAX_STARS - review.rating)


@register.inclusion_tag("reviews/_of_product.html")
def product_reviews(product: Product) -> dict[str, Any]:
    """Show the newest reviews and the newest photos by customers. One query, or none without reviews."""
    loaded = _newest(product) if product.rating_count else []
    reviews = loaded[:REVIEWS_SHOWN]
    photos = [(photo, review) for review in loaded for photo in review.shown_photos][:PHOTOS_SHOWN]
    facts = {"product": product, "reviews": reviews, "photos": photos, "has_more": product.rating_count > len(reviews)}
    return {**facts, "is_for_buyers": settings.REVIEWS_BUYERS_ONLY}


def _newest(product: Product) -> list[Review]:
    """Return the newest reviews, then older ones with photos, all with their photos."""
    approved = Review.objects.approved().filter(product=product)
    newest = approved.values("pk")[:REVIEWS_SHOWN]
    illustrated = approved.illustrated().values("pk")[:PHOTOS_SHOWN]
    return list(approved.filter(Q(pk__in=newest) | Q(pk__in=illustrated)).with_photos())
