"""Reviews in a customer's data export and erasure."""

from datetime import datetime
from typing import Any

from catalog.locks import lock_products
from catalog.models import Product
from shop.accounts.models import Customer
from shop.accounts.personal_data import register
from shop.reviews.models import Review


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
        }
        for review in Review.objects.filter(customer=customer).select_related("product")
    ]


def erase(customer: Customer, now: datetime) -> None:
    lock_products(Product.objects.filter(reviews__customer=customer))  # a trigger updates their ratings
    Review.objects.filter(customer=customer).delete()


register("reviews", export=export, erase=erase)
