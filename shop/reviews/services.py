"""Writing and moderating reviews. The caller knows whether the customer bought the product."""

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
    """Only customers who bought the product may review it."""


def may_review(customer: Customer, product: Product, *, has_bought: bool) -> bool:
    return customer.is_active and (has_bought or not settings.REVIEWS_BUYERS_ONLY)


def write_review(
    customer: Customer, product: Product, words: Mapping[str, Any], now: datetime, *, has_bought: bool
) -> Review:
    """Create or change the customer's review of the product, pending approval by staff. Raises MayNotReviewError."""
    if not may_review(customer, product, has_bought=has_bought):
        raise MayNotReviewError
    values = {name: words[name] for name in ("author", "rating", "title", "text")}
    values |= {"is_verified_purchase": has_bought, "state": Review.State.WAITING, "changed_at": now}
    review, _ = Review.objects.update_or_create(
        customer=customer, product=product, defaults=values, create_defaults={**values, "created_at": now}
    )
    return review


def withdraw_review(customer: Customer, product: Product) -> None:
    """Delete the customer's review, if there is one."""
    Review.objects.filter(customer=customer, product=product).delete()


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
