"""Putting products on the shelves and taking them off again."""

from datetime import datetime

from django.db import transaction

from catalog.locks import lock_products
from catalog.models import Product, ProductQuerySet


def publish(products: ProductQuerySet, now: datetime) -> int:
    """Show the products to customers. Returns how many were not shown yet."""
    return _change(products.exclude(status=Product.Status.PUBLISHED), Product.Status.PUBLISHED, now)


def unpublish(products: ProductQuerySet, now: datetime) -> int:
    """Make the products drafts. Returns how many were none."""
    return _change(products.exclude(status=Product.Status.DRAFT), Product.Status.DRAFT, now)


def _change(products: ProductQuerySet, status: Product.Status, now: datetime) -> int:
    with transaction.atomic():
        keys = lock_products(products)
        return Product.objects.filter(pk__in=keys).update(status=status, publish_at=None, updated_at=now)
