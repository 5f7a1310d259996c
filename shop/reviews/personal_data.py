"""Reviews in a customer's data export and erasure."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from catalog.locks import lock_products
from catalog.models import Product
from shop.accounts.models import Customer
from shop.accounts.personal_data import register
from shop.reviews.models import Review, ReviewPhoto
from visualsearch.models import PictureDecision


def export(customer: Customer) -> list[dict[str, Any]]:
    return [
        {
            "product": review.product.slug,
            "author": review.author,
            "rating": review.rating,
            "title": review.title,
            "text": review.text,
            "state": review.state,
            "created_at": review.created_at.isoformat(),
            "photos": [_exported(photo) for photo in review.photos.all()],
        }
        for review in Review.objects.filter(customer=customer)
        .select_related("product")
        .prefetch_related(Prefetch("photos", ReviewPhoto.objects.for_author()))
    ]


def _exported(photo: ReviewPhoto) -> dict[str, str]:
    """Return what is known of the photo. Its address sends the file to the customer."""
    address = reverse("reviews:picture", args=[photo.pk])
    return {"file": address, "state": photo.state, "refusal": photo.refusal, "appeal": photo.appeal}


def erase(customer: Customer, now: datetime) -> None:
    """Delete the customer's reviews with their photos, and what they wrote in appeals."""
    PictureDecision.objects.filter(image__review_photo__review__customer=customer).update(appeal="")
    lock_products(Product.objects.filter(reviews__customer=customer))  # a trigger updates their ratings
    Review.objects.filter(customer=customer).delete()


register("reviews", export=export, erase=erase)
