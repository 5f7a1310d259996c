"""What wants a look from staff: for the front page of the admin."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, ProductImage

MOST = 1000  # counted: whoever has to look at them need not know of more


@dataclass(frozen=True)
class Concern:
    """Something to look at, how many there are of it (MOST stands for more), and the address of their list."""

    title: Any
    count: int
    address: str

    @property
    def is_capped(self) -> bool:
        return self.count >= MOST


def concern(title: Any, rows: QuerySet[Any], list_of: str, query: str) -> Concern:
    """The rows as a concern; `list_of` is the admin's name for the list, such as `catalog_product`."""
    return Concern(title, rows.order_by()[:MOST].count(), f"{reverse(f'admin:{list_of}_changelist')}?{query}")


def concerns() -> Iterable[Concern]:
    """Those of the catalogue; four queries."""
    products = Product.objects.exclude(status=Product.Status.DRAFT)
    failed = ProductImage.objects.exclude(rendition_error="")
    yield concern(_("Pictures without renditions"), failed, "catalog_productimage", "rendition_error__isempty=0")
    yield concern(_("Nearly sold out"), products.nearly_sold_out(), "catalog_product", "stock=few")
    yield concern(_("Sold out"), products.filter(is_in_stock=False), "catalog_product", "stock=none")
    drafts = Product.objects.filter(status=Product.Status.DRAFT)
    yield concern(_("Drafts"), drafts, "catalog_product", "status__exact=draft")
