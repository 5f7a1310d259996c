"""Alerts on the front page of the admin, about rows that need attention."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import PictureSource, Product, ProductImage

MAX_COUNT = 1000


@dataclass(frozen=True)
class StaffAlert:
    """A title, the number of rows (MAX_COUNT means "or more") and the address of their list."""

    title: Any
    count: int
    address: str

    @property
    def is_capped(self) -> bool:
        return self.count >= MAX_COUNT


def staff_alert(title: Any, rows: QuerySet[Any], model: str, query: str) -> StaffAlert:
    """Count the rows. `model` names their list in the admin, such as `catalog_product`; `query` filters it."""
    count = rows.order_by()[:MAX_COUNT].count()
    return StaffAlert(title, count, f"{reverse(f'admin:{model}_changelist')}?{query}")


def catalog_alerts() -> Iterable[StaffAlert]:
    """Yield the alerts of the catalogue, in five queries."""
    products = Product.objects.exclude(status=Product.Status.DRAFT)
    failed = ProductImage.objects.exclude(rendition_error="")
    yield staff_alert(_("Pictures without renditions"), failed, "catalog_productimage", "rendition_error__isempty=0")
    missing = PictureSource.objects.filter(status=PictureSource.Status.FAILED)
    yield staff_alert(_("Pictures not fetched"), missing, "catalog_picturesource", "status__exact=failed")
    yield staff_alert(_("Low stock"), products.low_stock(), "catalog_product", "stock=few")
    yield staff_alert(_("Sold out"), products.filter(is_in_stock=False), "catalog_product", "stock=none")
    drafts = Product.objects.filter(status=Product.Status.DRAFT)
    yield staff_alert(_("Drafts"), drafts, "catalog_product", "status__exact=draft")
