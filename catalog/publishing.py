"""Publish products and take them off sale."""

from datetime import datetime

from django.db import transaction

from catalog.locks import lock_products
from catalog.models import Product, ProductQuerySet


def publish(products: ProductQuerySet, now: datetime) -> int:
    """Publish the products. Return how many were not published before."""
    return _set_status(products, Product.Status.PUBLISHED, now)


def unpublish(products: ProductQuerySet, now: datetime) -> int:
    """Turn the products into drafts. Return how many were not drafts before."""
    return _set_status(products, Product.Status.DRAFT, now)


def _set_status(products: ProductQuerySet, status: Product.Status, now: datetime) -> int:
    with transaction.atomic():
        keys = lock_products(products.exclude(status=status))
        return Product.objects.filter(pk__in=keys).update(status=status, publish_at=None, updated_at=now)
