"""Sort order of names."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Attribute, AttributeValue, Category, Product
from catalog.search import suggest
from catalog.text.sorting import sort_key
from tests.factories import CategoryFactory, ProductFactory

MIXED = ["Zebra", "Öl", "apfel", "Mug 10", "Élan", "Äpfel", "Mug 2", "mug", "ölig", "“Ohm”"]
ORDERED = ["apfel", "Äpfel", "Élan", "mug", "Mug 2", "Mug 10", "“Ohm”", "Öl", "ölig", "Zebra"]


def test_names_sort_without_case_accents_and_punctuation() -> None:
    assert sorted(MIXED, key=sort_key) == ORDERED


def test_other_scripts_sort_within_themselves() -> None:
    names = ["чайник", "Ёлка", "Ель", "ваза", "茶", "Tea", "κούπα", "Αλφα"]
    assert sorted(names, key=sort_key) == ["Tea", "Αλφα", "κούπα", "ваза", "Ёлка", "Ель", "чайник", "茶"]


@given(st.text(max_size=300))
def test_sort_key_fits_its_column_and_index(name: str) -> None:
    key = sort_key(name)
    assert len(key) <= 201
    assert len(key.encode()) < 2_000
    assert "\0" not in key


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_numbers_sort_by_value(one: int, other: int) -> None:
    assert (sort_key(f"Mug {one}") < sort_key(f"Mug {other}")) == (one < other)


@pytest.mark.django_db
def test_products_sort_by_name_in_pages_api_and_admin(client: Any, admin_client: Any) -> None:
    category = CategoryFactory()
    for number, title in enumerate(MIXED):
        ProductFactory(title=title, slug=f"p{number}", brand=title, category=category)
    page = client.get("/products/?sort=title").context["page"]
    assert [product.title for product in page] == ORDERED
    answer = client.get("/api/v1/products/?sort=title").json()
    assert [product["title"] for product in answer["results"]] == ORDERED
    for column in (2, 3):  # title, brand
        listed = admin_client.get(f"/admin/catalog/product/?o={column}").context["cl"].result_list
        titles = [product.title for product in listed]
        assert (sorted(titles[:2]), titles[2]) == (["apfel", "Äpfel"], "Élan")


@pytest.mark.django_db
def test_renamed_product_is_resorted(client: Any) -> None:
    product = ProductFactory(title="Zebra", slug="animal")
    ProductFactory(title="Mug")
    product.title = "Äpfel"
    product.save(update_fields=["title"])
    assert [each.title for each in client.get("/products/?sort=title").context["page"]] == ["Äpfel", "Mug"]


@pytest.mark.django_db
def test_categories_sort_by_name(client: Any) -> None:
    top = CategoryFactory(name="Top")
    for number, name in enumerate(MIXED):
        CategoryFactory(name=name, slug=f"c{number}", parent=top)
        ProductFactory(slug=f"p{number}", category=Category.objects.get(slug=f"c{number}"))
    assert list(Category.objects.filter(depth=2).order_by("path").values_list("name", flat=True)) == ORDERED
    page = client.get("/products/?category=top")
    assert [each.name for each in page.context["subcategories"]] == ORDERED
    answer = client.get("/api/v1/categories/").json()
    assert [each["name"] for each in answer["results"] if each["parent"]] == ORDERED
    CategoryFactory(name="Äpfel aus Öl", slug="last")
    assert [each.name for each in suggest(Product.objects.all(), "öl").categories] == ["Äpfel aus Öl", "Öl", "ölig"]


@pytest.mark.django_db
def test_attributes_and_values_sort_by_name(client: Any) -> None:
    for number, name in enumerate(MIXED):
        Attribute.objects.create(name=name, slug=f"a{number}")
    assert [each.name for each in Attribute.objects.all()] == ORDERED
    product = ProductFactory()
    attribute = Attribute.objects.all()[0]
    for number, value in enumerate(MIXED):
        product.attribute_values.add(
            AttributeValue.objects.create(attribute=attribute, value=value, slug=f"v{number}")
        )
    (facet,) = client.get("/products/").context["facets"]
    assert [each.label for each in facet.values] == ORDERED


@pytest.mark.django_db
def test_migration_sorts_existing_rows() -> None:
    top = CategoryFactory(name="Top")
    for number, name in enumerate(MIXED):
        CategoryFactory(name=name, slug=f"c{number}", parent=CategoryFactory(name=f"Row {number}", parent=top))
        ProductFactory(title=name, slug=f"p{number}", category=top)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_category SET sort_key = ''")
        cursor.execute("UPDATE catalog_product SET sort_key = '', search_vector = NULL, search_version = 0")
        cursor.execute("UPDATE catalog_category SET name = 'Äpfel' WHERE name = 'Row 9'")
    update = import_module("catalog.migrations.0014_words_indexed")
    for _ in range(2):  # running it twice is safe
        update.fill_sort_keys(apps, None)
        update.sort_the_tree(apps, None)
        update.index_products(apps, None)
    assert list(Product.objects.order_by("sort_key").values_list("title", flat=True)) == ORDERED
    rows = list(Category.objects.filter(depth=2).order_by("path").values_list("name", flat=True))
    assert rows == ["Äpfel", *(f"Row {number}" for number in range(9))]
    below = Category.objects.get_children(Category.objects.get(name="Äpfel", depth=2))
    assert [each.name for each in below] == [MIXED[9]]
    assert Category.objects.find_problems() == ([], [], [], [], [])
