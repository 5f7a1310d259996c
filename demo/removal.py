"""Turn the demo into an empty shop: delete its products, customers and orders, and keep what is the owner's."""

from __future__ import annotations

from django.apps import apps
from django.core.cache import caches
from django.db import connection, transaction

from catalog.models import Product, ProductImage
from catalog.pictures.files import remove_unused
from demo.management.commands.demo_orders import ORDERS_LOCK
from demo.models import DemoStep
from demo.steps import CATALOGUE, decline_demo
from shop.accounts.models import Customer
from shop.orders.models import Order

# Apps whose rows go, except these tables: settings and networks, which belong to the shop and not to the demo.
APPS = ("cart", "orders", "payments", "promotions", "wishlist", "waitlist", "reviews", "recommendations", "catalog",
        "visualsearch", "admin", "django_celery_results")  # fmt: skip
ALSO = ("shop_mail", "shop_idempotentcall", "shop_searchtime")
KEPT = {
    "orders_shippingmethod", "orders_shippingrate", "orders_taxrate", "catalog_synonym", "catalog_starterline",
    "visualsearch_network", "visualsearch_networkfile", "visualsearch_activation", "visualsearch_checksetting",
    "visualsearch_samplesetting",
}  # fmt: skip


class DemoBusyError(RuntimeError):
    """The demo is still being filled."""


def is_demo() -> bool:
    """Return True if the products here are those of the demo."""
    return DemoStep.objects.filter(name=CATALOGUE).exists()


def what_goes() -> dict[str, int]:
    """Return how many products, orders and customers would be deleted."""
    return {
        "products": Product.objects.count(),
        "orders": Order.objects.count(),
        "customers": Customer.objects.filter(is_staff=False).count(),
    }


def remove_demo() -> None:
    """Delete everything that the demo brought and its visitors did. The log-ins of staff stay.

    Raises DemoBusyError while the demo still adds orders.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ORDERS_LOCK])
        if not cursor.fetchone()[0]:
            raise DemoBusyError
        hashes = set(ProductImage.objects.values_list("sha256", flat=True))
        quoted = ", ".join(connection.ops.quote_name(name) for name in tables())
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {quoted} RESTART IDENTITY")
        Customer.objects.filter(is_staff=False).delete()
        DemoStep.objects.all().delete()
        decline_demo()
    for sha256 in sorted(hashes):
        remove_unused(sha256)
    caches["local"].clear()  # names and counts; those of other processes expire within minutes


def tables() -> list[str]:
    """Return the tables that are emptied."""
    models = (model for name in APPS for model in apps.get_app_config(name).get_models(include_auto_created=True))
    return sorted({model._meta.db_table for model in models} - KEPT | set(ALSO))
