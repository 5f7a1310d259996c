"""Categories and filters in memory, which must never be older than the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from catalog.models import Attribute, AttributeValue, Category
from catalog.structure import structure
from catalog.table_versions import table_versions
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def mugs() -> Category:
    colour = Attribute.objects.create(name="Colour", slug="colour")
    for name in ("Blue", "Red"):
        AttributeValue.objects.create(attribute=colour, value=name, slug=name.lower())
    return CategoryFactory(name="Mugs", slug="mugs")


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_warm_process_needs_one_query(mugs: Category, django_assert_num_queries: Callable[..., Any]) -> None:
    structure()
    with django_assert_num_queries(1):
        known = structure()
    assert [each.name for each in known.tree.categories] == ["Mugs"]
    assert [value.value for values in known.values_by_attribute.values() for value in values] == ["Blue", "Red"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalog_category SET name = 'Cups'",
        "UPDATE catalog_attribute SET is_filterable = false",
        "UPDATE catalog_attributevalue SET value = 'dark ' || value",
        "DELETE FROM catalog_attributevalue WHERE id = (SELECT min(id) FROM catalog_attributevalue)",
    ],
)
def test_any_write_is_noticed_even_twice_in_one_transaction(mugs: Category, statement: str) -> None:
    for _ in range(2):
        before = structure()
        execute(statement)
        assert structure() is not before
        assert structure() is structure()
        execute("UPDATE catalog_category SET name = name")


def test_an_unchanged_table_has_the_same_version(mugs: Category) -> None:
    assert table_versions("catalog_category") == table_versions("catalog_category")


def test_a_page_shows_a_new_name_at_once(client: Client, mugs: Category) -> None:
    ProductFactory(category=mugs)
    assert "Mugs" in client.get("/products/").content.decode()
    execute("UPDATE catalog_category SET name = 'Cups'")
    page = client.get("/products/").content.decode()
    assert "Cups" in page
    assert "Mugs" not in page


def test_pages_share_no_counts(client: Client, mugs: Category) -> None:
    """Requests share the categories in memory, but each counts for its own filters."""
    for stock in (0, 3, 3):
        ProductFactory(category=mugs, stock=stock)
    listed = client.get("/products/").context["subcategories"]
    client.get("/products/", {"in_stock": "true"})
    assert [(each.name, each.product_count) for each in listed] == [("Mugs", 3)]
    assert not any(hasattr(each, "product_count") for each in structure().tree.categories)
