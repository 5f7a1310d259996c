"""What search engines are told: every category, and every product that customers may see."""

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.utils import timezone

from catalog.models import Category, Product, ProductQuerySet


class CategorySitemap(Sitemap):  # type: ignore[type-arg]
    """Category pages."""

    changefreq = "daily"

    def items(self) -> list[Category]:
        """All of them: a shop has few."""
        return list(Category.objects.order_by("path"))


class ProductSitemap(Sitemap):  # type: ignore[type-arg]
    """Product pages, 5,000 to a file."""

    limit = 5000

    def items(self) -> ProductQuerySet:
        """Visible products, oldest first, so that the files before the last stay as they are."""
        return Product.objects.visible(timezone.now()).order_by("pk").only("slug", "updated_at")

    def lastmod(self, product: Product) -> datetime:
        """When the product was last changed."""
        return product.updated_at


SITEMAPS = {"categories": CategorySitemap, "products": ProductSitemap}
