"""Query plans: lists use an index and never sort all products."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.cursors import read_slice
from catalog.forms import ORDERS, ProductFilterForm
from catalog.models import Product, ProductQuerySet
from tests.factories import CategoryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shelves() -> None:
    """Create enough products for realistic query plans, and update the statistics."""
    category = CategoryFactory()
    Product.objects.bulk_create(
        Product(title=f"Thing {number}", slug=f"thing-{number}", category=category, status="published",
                description="Made to last. " * 20, price_amount=number, compare_at_amount=1 if number < 50 else None)
        for number in range(3_000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_product")


def plan(products: ProductQuerySet) -> str:
    return products[:24].explain()


@pytest.mark.parametrize(
    ("order", "index"),
    [
        ("", "product_newest"),
        ("newest", "product_newest"),
        ("popular", "product_most_sold"),
        ("price", "product_cheapest"),
        ("-price", "product_dearest"),
        ("title", "product_titles"),
    ],
)
def test_lists_are_sorted_by_an_index(order: str, index: str) -> None:
    form = ProductFilterForm(QueryDict(f"sort={order}"))
    assert form.is_valid()
    found = plan(form.ordered(form.narrow(Product.objects.visible(timezone.now()))))
    assert f"Index Scan using {index} on" in found
    assert "Sort" not in found


@pytest.mark.parametrize(
    ("order", "index", "has_bound"),
    [
        ("newest", "product_newest", True),
        ("popular", "product_most_sold", True),
        ("price", "product_cheapest", False),  # products without a price come last, which no bound can express
        ("-price", "product_dearest", False),
        ("title", "product_titles", True),
    ],
)
def test_a_page_by_cursor_starts_within_the_index(order: str, index: str, has_bound: bool) -> None:
    products = Product.objects.visible(timezone.now()).order_by(*ORDERS[order][1])
    first = read_slice(products, "", 24, "list")
    with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
        read_slice(products, first.next or "", 24, "list")
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        found = "\n".join(row[0] for row in cursor.fetchall())
    assert f"Index Scan using {index} on" in found
    assert "Sort" not in found
    assert ("Index Cond" in found) == has_bound


def test_reduced_products_use_their_own_index() -> None:
    reduced = Product.objects.visible(timezone.now()).filter(compare_at_amount__isnull=False)
    found = plan(reduced.order_by("-created_at", "-pk"))
    assert "Index Scan using product_newest_reduced on" in found


def test_newest_of_a_category_use_an_index() -> None:
    small = CategoryFactory()
    Product.objects.filter(price_amount__lt=100).update(category=small)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_product")
    found = plan(Product.objects.visible(timezone.now()).filter(category=small).order_by("-created_at", "-pk"))
    assert "Index Scan using product_newest_in_category on" in found
    assert "Sort" not in found
