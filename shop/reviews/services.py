"""Writing reviews and deciding about them. Facts of other rooms, such as a purchase, are brought by the caller."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from catalog.locks import lock_products
from catalog.models import Product
from shop.accounts.models import Customer
from shop.reviews.models import Decision, Review, ReviewQuerySet


class MayNotReviewError(PermissionError):
    """Only who bought the product may review it."""


def may_review(customer: Customer, product: Product, *, has_bought: bool) -> bool:
    """Whether she may say something about the product; `has_bought` is the caller's knowledge."""
    return customer.is_active and (has_bought or not settings.REVIEWS_BUYERS_ONLY)


def write_review(
    customer: Customer, product: Product, words: Mapping[str, Any], now: datetime, *, has_bought: bool
) -> Review:
    """Her one review of the product, new or changed; it waits for staff. `words`: author, rating, title, text.

    Raises MayNotReviewError.
    """
    if not may_review(customer, product, has_bought=has_bought):
        raise MayNotReviewError
    said = {name: words[name] for name in ("author", "rating", "title", "text")}
    said |= {"is_verified_purchase": has_bought, "state": Review.State.WAITING, "changed_at": now}
    review, _ = Review.objects.update_or_create(
        customer=customer, product=product, defaults=said, create_defaults={**said, "created_at": now}
    )
    return review


def withdraw_review(customer: Customer, product: Product) -> None:
    """Take her review back. Without one nothing happens."""
    Review.objects.filter(customer=customer, product=product).delete()


def decide(reviews: ReviewQuerySet, state: Review.State, decided_by: Customer, now: datetime) -> int:
    """Approve or reject reviews, and log it; how many changed. Those that are so already stay as they are."""
    with transaction.atomic():
        # Products are locked by the trigger that keeps their ratings: in key order, whoever decides at the same time.
        chosen = list(reviews.exclude(state=state).order_by("pk").values_list("pk", "product_id"))
        lock_products(Product.objects.filter(pk__in={product for _, product in chosen}))
        changing = list(
            Review.objects.filter(pk__in=[pk for pk, _ in chosen])
            .exclude(state=state)
            .order_by("pk")
            .select_for_update()
        )
        Review.objects.filter(pk__in=[review.pk for review in changing]).update(state=state)
        Decision.objects.bulk_create(
            Decision(review=review, state=state, decided_by=decided_by, decided_at=now) for review in changing
        )
    return len(changing)
