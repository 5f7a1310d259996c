"""Writing and moderating reviews. The caller knows whether the customer bought the product."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from catalog.locks import lock_products
from catalog.models import Product
from shop.accounts.models import Customer
from shop.reviews.models import Decision, Review, ReviewPhoto, ReviewQuerySet
from shop.reviews.photos import Photo, add_photos, remove_photos, store_photos


class MayNotReviewError(PermissionError):
    """Only customers who bought the product may review it."""


def may_review(customer: Customer, product: Product, *, has_bought: bool) -> bool:
    return customer.is_active and (has_bought or not settings.REVIEWS_BUYERS_ONLY)


def write_review(
    customer: Customer, product: Product, words: Mapping[str, Any], now: datetime, *, has_bought: bool,
    photos: Sequence[Photo] = (), removed: Collection[int] = (),
) -> Review:  # fmt: skip
    """Create or change the customer's review of the product, pending approval by staff.

    Photos whose keys are `removed` go, then `photos` are added. Raises MayNotReviewError, and PictureRefused.
    """
    if not may_review(customer, product, has_bought=has_bought):
        raise MayNotReviewError
    values = {name: words[name] for name in ("author", "rating", "title", "text")}
    values |= {"is_verified_purchase": has_bought, "state": Review.State.WAITING, "changed_at": now}
    with transaction.atomic():
        stored = store_photos(photos)
        _lock(product)
        review, _ = Review.objects.update_or_create(
            customer=customer, product=product, defaults=values, create_defaults={**values, "created_at": now}
        )
        remove_photos(review, removed)
        add_photos(review, stored)
    return review


def add_photo(customer: Customer, product: Product, photo: Photo, now: datetime) -> ReviewPhoto:
    """Add a photo to the customer's review, which then needs a new approval. The same photo is added once.

    Raises Review.DoesNotExist, and PictureRefused.
    """
    with transaction.atomic():
        stored = store_photos([photo])
        _lock(product)
        review = Review.objects.select_for_update().get(customer=customer, product=product)
        if add_photos(review, stored):
            review.state, review.changed_at = Review.State.WAITING, now
            review.save(update_fields=["state", "changed_at"])
        return review.photos.for_author().get(image__sha256=photo[0].sha256)


def remove_photo(customer: Customer, product: Product, key: int) -> None:
    """Remove a photo of the customer's review, if there is such a photo. The rest stays approved."""
    for review in Review.objects.filter(customer=customer, product=product):
        remove_photos(review, [key])


def withdraw_review(customer: Customer, product: Product) -> None:
    """Delete the customer's review, if there is one."""
    Review.objects.filter(customer=customer, product=product).delete()


def _lock(product: Product) -> None:
    """Lock the product before its reviews: a trigger updates its rating."""
    lock_products(Product.objects.filter(pk=product.pk))


def decide(reviews: ReviewQuerySet, state: Review.State, decided_by: Customer, now: datetime) -> int:
    """Approve or reject reviews and log the decisions. Return the number of reviews that changed."""
    with transaction.atomic():
        # The trigger that updates ratings locks products, so lock them first, in key order.
        rows = list(reviews.exclude(state=state).order_by("pk").values_list("pk", "product_id"))
        lock_products(Product.objects.filter(pk__in={product for _, product in rows}))
        changing = list(
            Review.objects.filter(pk__in=[pk for pk, _ in rows])
            .exclude(state=state)
            .order_by("pk")
            .select_for_update()
        )
        Review.objects.filter(pk__in=[review.pk for review in changing]).update(state=state)
        Decision.objects.bulk_create(
            Decision(review=review, state=state, decided_by=decided_by, decided_at=now) for review in changing
        )
    return len(changing)
