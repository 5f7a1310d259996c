"""The small copy of products that facets count."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.facets import Counts, count
from catalog.forms import ProductFilterForm
from catalog.models import CountedProduct, Product, Variant
from catalog.search import find, refresh_keywords
from catalog.search.queries import is_counted
from catalog.tasks import count_words
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db

COPIED = ("id", "status", "publish_at", "category_id", "price_amount", "compare_at_amount", "is_in_stock",
          "facet_values")  # fmt: skip
NUMBER = 700  # products: most searches below match more than are ranked one by one


def copies() -> list[tuple[Any, ...]]:
    return list(CountedProduct.objects.order_by("id").values_list(*COPIED))


def originals() -> list[tuple[Any, ...]]:
    return list(Product.objects.order_by("id").values_list(*COPIED))


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_product_is_copied_whoever_writes_it() -> None:
    mug, bowl = ProductFactory(title="Mug", attributes={"colour": "Blue"}), ProductFactory(title="Bowl", stock=0)
    assert copies() == originals()
    mug.variants.update(price_amount="7.50", compare_at_amount="9.00")
    bowl.variants.update(on_hand=3)
    bowl.category = CategoryFactory(name="Bowls")
    bowl.save()
    assert copies() == originals()
    mug.attribute_values.clear()
    sql(f"UPDATE catalog_product SET status = 'scheduled', publish_at = now() WHERE id = {mug.pk}")
    assert copies() == originals()
    mug.delete()
    assert [row[0] for row in copies()] == [bowl.pk]


def test_a_product_has_the_lexemes_of_its_names_in_the_copy() -> None:
    mug = ProductFactory(title="Halden mug", description="Glazed.", attributes={"colour": "Blue"})
    refresh_keywords([mug.pk])
    words = str(CountedProduct.objects.values_list("search_vector", flat=True)[0])
    value = mug.attribute_values.get()
    assert {"'=whalden'", "'=wblue'", f"'=c{mug.category_id}'", f"'=v{value.pk}'"} <= set(words.split())
    assert "halden" not in words.replace("=whalden", "")
    assert "glaz" not in words


def test_a_change_that_nothing_counts_leaves_the_copy_alone() -> None:
    mug = ProductFactory()
    sql("UPDATE catalog_countedproduct SET is_in_stock = NOT is_in_stock")
    Product.objects.update(sold_count=9, rating_count=2)
    assert copies() != originals()
    mug.variants.update(price_amount="1.00")
    assert copies() == originals()


def test_the_migration_copies_products_that_are_there() -> None:
    ProductFactory(attributes={"colour": "Blue"})
    expected = str(CountedProduct.objects.values_list("search_vector", flat=True)[0])
    sql("TRUNCATE catalog_countedproduct")
    import_module("catalog.migrations.0026_counted_products").fill(apps, None)
    assert copies() == originals()
    assert str(CountedProduct.objects.values_list("search_vector", flat=True)[0]) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", True),
        ("'=wwood'", True),
        ("(('=whand':* & '=wmade') | '=c12' | '=v7')", True),
        ("'wood'", False),
        ("('=wwood' | 'it''s')", False),
        ("'=twood'", False),
        ("'=wwood':AC", False),
        ("'=wno' <-> '=woo'", False),
    ],
)
def test_only_names_without_places_are_counted_in_the_copy(query: str, expected: bool) -> None:
    assert is_counted(query) is expected


@pytest.fixture
def _shelves() -> None:
    """Create more wooden things than a search ranks one by one, and some with a title that is a whole query."""
    category = CategoryFactory(name="Shelf")
    Product.objects.bulk_create(
        Product(title=f"Wooden piece {number}", slug=f"piece-{number}", category=category, status="published",
                description="Painted." if number % 5 == 0 else "", brand=f"Brand {number % 9}")
        for number in range(NUMBER)
    )  # fmt: skip
    Variant.objects.bulk_create(
        Variant(product_id=key, sku=f"P-{key}", price_amount=key % 50 + 1, on_hand=key % 2)
        for key in Product.objects.values_list("pk", flat=True)
    )
    ProductFactory(title="Wooden under 20", category=category, price="99.00")
    ProductFactory(title="Wooden not painted", category=category, description="Painted.")
    ProductFactory(title="Wooden draft", category=category, status=Product.Status.DRAFT)
    refresh_keywords(Product.objects.values_list("pk", flat=True))
    count_words()


@pytest.mark.usefixtures("_shelves")
def test_the_copy_has_the_counts_of_the_products() -> None:
    for text in (
        "wooden",
        "wooden under 20",
        "wooden not painted",
        "wooden not brand 2",
        "under 20",
        "wooden piece 7",
    ):
        found = find(Product.objects.visible(timezone.now()), text)
        assert found.counted is not None, text
        copy = CountedProduct.objects.visible(timezone.now()).filter(found.counted)
        for query in ("", "min_price=10", "category=shelf", "in_stock=true"):
            assert counts(copy, query) == counts(found.products, query), (text, query)


def counts(products: Any, query: str) -> Counts:
    form = ProductFilterForm(QueryDict(query))
    assert form.is_valid()
    return count(products, form.filters, form.values_by_attribute)


def test_nothing_is_counted_without_a_query() -> None:
    ProductFactory()
    assert find(Product.objects.all(), "").counted is None


@pytest.mark.usefixtures("_shelves")
def test_pages_count_facets_in_the_copy(client: Client) -> None:
    pages = ["products/", "products/?category=shelf&in_stock=1", "search/?q=wooden", "search/?q=wooden+piece+7"]
    for page in [f"/{each}" for each in pages] + [f"/api/v1/{each}" for each in pages]:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        counting = [query["sql"] for query in queries if "unnest(" in query["sql"]]
        assert len(counting) == 1, page
        assert 'FROM "catalog_countedproduct"' in counting[0], page


@pytest.mark.usefixtures("_shelves")
def test_a_word_is_looked_up_in_the_copy() -> None:
    condition = find(Product.objects.visible(timezone.now()), "wooden").counted
    assert condition is not None
    sql("SET LOCAL enable_seqscan = off")
    assert "Bitmap Index Scan on counted_product_words" in CountedProduct.objects.filter(condition).explain()
