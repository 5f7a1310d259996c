"""What stands on the front page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from catalog.models import Category, Product, ProductImage
from catalog.tree import CategoryTree

SHELF = 12


def shelves(now: datetime) -> dict[str, Any]:
    """The newest, the most bought and the reduced products, and the top categories.

    Each category has a `sample_product` for its picture.
    """
    visible = Product.objects.visible(now)
    newest_first = visible.for_cards().order_by("-created_at", "-pk")
    return {
        "newest": newest_first[:SHELF],
        "popular": visible.for_cards().popular()[:SHELF],
        "reduced": newest_first.filter(compare_at_amount__isnull=False)[:SHELF],
        "categories": _top_categories(now),
    }


def _top_categories(now: datetime) -> list[Category]:
    """One query finds the newest pictured product of every category through an index; the rest is adding up."""
    pictured = Product.objects.visible(now).filter(Exists(ProductImage.objects.filter(product=OuterRef("pk"))))
    sample = pictured.filter(category=OuterRef("pk")).order_by("-created_at", "-pk").values("pk")[:1]
    tree = CategoryTree(Category.objects.annotate(sample_id=Subquery(sample)))
    top = tree.children(None)
    for category in top:
        category.sample_id = next((each.sample_id for each in tree.below(category) if each.sample_id), None)
    products = Product.objects.for_cards().in_bulk([category.sample_id for category in top if category.sample_id])
    for category in top:
        category.sample_product = products.get(category.sample_id)
    return top
