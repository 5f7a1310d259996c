"""Sitemaps of categories, visible products and pages of text."""

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.utils import timezone

from catalog.models import Category, Product, ProductQuerySet
from shop.pages.models import Page, PageQuerySet


class CategorySitemap(Sitemap):  # type: ignore[type-arg]
    changefreq = "daily"

    def items(self) -> list[Category]:
        return list(Category.objects.order_by("path"))


class ProductSitemap(Sitemap):  # type: ignore[type-arg]
    """Product pages, 5,000 per file."""

    limit = 5000

    def items(self) -> ProductQuerySet:
        """Return visible products, oldest first, so that new ones change only the last file."""
        return Product.objects.visible(timezone.now()).order_by("pk").only("slug", "updated_at")

    def lastmod(self, product: Product) -> datetime:
        return product.updated_at


class PageSitemap(Sitemap):  # type: ignore[type-arg]
    """Published pages of text."""

    def items(self) -> PageQuerySet:
        return Page.objects.public().order_by("pk")

    def lastmod(self, page: Page) -> datetime:
        return page.updated_at


SITEMAPS = {"categories": CategorySitemap, "products": ProductSitemap, "pages": PageSitemap}
