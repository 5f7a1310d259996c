"""Contents of the home page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from catalog.models import Category, Product, ProductImage
from catalog.tree import CategoryTree

SECTION_SIZE = 12  # products


def home_sections(now: datetime) -> dict[str, Any]:
    """Return the newest, most popular and reduced products, and the top categories.

    Each category has a `sample_product`, whose picture represents it.
    """
    visible = Product.objects.visible(now)
    newest_first = visible.for_cards().order_by("-created_at", "-pk")
    return {
        "newest": newest_first[:SECTION_SIZE],
        "popular": visible.for_cards().popular()[:SECTION_SIZE],
        "reduced": newest_first.filter(compare_at_amount__isnull=False)[:SECTION_SIZE],
        "categories": _top_categories(now),
    }


def _top_categories(now: datetime) -> list[Category]:
    """Return the top categories. One indexed query finds the newest product with a picture in each category."""
    pictured = Product.objects.visible(now).filter(Exists(ProductImage.objects.shown().filter(product=OuterRef("pk"))))
    sample = pictured.filter(category=OuterRef("pk")).order_by("-created_at", "-pk").values("pk")[:1]
    tree = CategoryTree(Category.objects.annotate(sample_id=Subquery(sample)))
    top = tree.children(None)
    for category in top:
        category.sample_id = next((each.sample_id for each in tree.subtree(category) if each.sample_id), None)
    products = Product.objects.for_cards().in_bulk([category.sample_id for category in top if category.sample_id])
    for category in top:
        category.sample_product = products.get(category.sample_id)
    return top
