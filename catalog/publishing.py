"""Putting products on the shelves and taking them off again."""

from datetime import datetime

from catalog.models import Product, ProductQuerySet


def publish(products: ProductQuerySet, now: datetime) -> int:
    """Show the products to customers. Returns how many were not shown yet."""
    hidden = products.exclude(status=Product.Status.PUBLISHED)
    return Product.objects.filter(pk__in=hidden.values("pk")).update(
        status=Product.Status.PUBLISHED, publish_at=None, updated_at=now
    )


def unpublish(products: ProductQuerySet, now: datetime) -> int:
    """Make the products drafts. Returns how many were none."""
    shown = products.exclude(status=Product.Status.DRAFT)
    return Product.objects.filter(pk__in=shown.values("pk")).update(
        status=Product.Status.DRAFT, publish_at=None, updated_at=now
    )
