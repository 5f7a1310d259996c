"""Facets: the copy of attribute values that they count, and their numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from catalog.facets import count, count_loaded
from catalog.forms import ProductFilterForm
from catalog.models import Attribute, AttributeValue, Category, Product
from tests.factories import CategoryFactory, ProductFactory
from tests.races import race

pytestmark = pytest.mark.django_db


def copies() -> dict[str, list[str]]:
    """Return the values that products hold as copies, by title."""
    names = dict(AttributeValue.objects.values_list("pk", "slug"))
    rows = Product.objects.values_list("title", "facet_values")
    return {title: sorted(names[key] for key in keys) for title, keys in rows}


def values(*slugs: str) -> list[AttributeValue]:
    attribute, _ = Attribute.objects.get_or_create(slug="colour", defaults={"name": "Colour"})
    return [
        AttributeValue.objects.get_or_create(attribute=attribute, value=slug, defaults={"slug": slug})[0]
        for slug in slugs
    ]


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_product_copies_its_values_whoever_writes_them() -> None:
    mug, bowl = ProductFactory(title="Mug"), ProductFactory(title="Bowl")
    blue, red = values("blue", "red")
    mug.attribute_values.add(blue, red)
    assert copies() == {"Mug": ["blue", "red"], "Bowl": []}
    mug.attribute_values.remove(blue)
    assert copies() == {"Mug": ["red"], "Bowl": []}
    sql(f"UPDATE catalog_product_attribute_values SET product_id = {bowl.pk}")
    assert copies() == {"Mug": [], "Bowl": ["red"]}
    links = Product.attribute_values.through
    links.objects.bulk_create(links(product=each, attributevalue=blue) for each in (mug, bowl))
    assert copies() == {"Mug": ["blue"], "Bowl": ["blue", "red"]}
    blue.delete()
    assert copies() == {"Mug": [], "Bowl": ["red"]}
    sql("DELETE FROM catalog_product_attribute_values")
    assert copies() == {"Mug": [], "Bowl": []}


def test_a_product_that_was_read_earlier_does_not_write_its_copy_back() -> None:
    mug = ProductFactory(title="Mug")
    mug.attribute_values.set(values("blue"))
    assert mug.facet_values == []
    mug.title = "Halden mug"
    mug.save()
    Product.objects.update(facet_values=[])
    assert copies() == {"Halden mug": ["blue"]}


@pytest.mark.django_db(transaction=True)
def test_values_added_at_once_are_all_copied() -> None:
    mug = ProductFactory(title="Mug")
    several = values(*(f"colour-{number}" for number in range(6)))
    assert race(6, lambda which: mug.attribute_values.add(several[which])) == [None] * 6
    assert copies() == {"Mug": [f"colour-{number}" for number in range(6)]}


def counted(query: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return the numbers by slug."""
    form = ProductFilterForm(QueryDict(query))
    assert form.is_valid(), form.errors
    found = count(Product.objects.visible(timezone.now()), form.filters, form.values_by_attribute)
    categories = dict(Category.objects.values_list("pk", "slug"))
    slugs = dict(AttributeValue.objects.values_list("pk", "slug"))
    return (
        {categories[key]: number for key, number in found.by_category.items()},
        {slugs[key]: number for key, number in found.by_value.items()},
    )


@pytest.fixture
def _shelf() -> None:
    kitchen = CategoryFactory(name="Kitchen")
    mugs, bowls = (CategoryFactory(name=name, parent=kitchen) for name in ("Mugs", "Bowls"))
    for category, colour, size, price in [
        (mugs, "Blue", "Small", 10), (mugs, "Blue", "Large", 20), (mugs, "Red", "Small", 30),
        (bowls, "Blue", "Small", 40), (bowls, ["Blue", "Red"], "Large", 50), (kitchen, "Green", "Small", 60),
    ]:  # fmt: skip
        ProductFactory(category=category, price=f"{price}.00", attributes={"colour": colour, "size": size})
    ProductFactory(category=mugs, attributes={"colour": "Blue"}, status=Product.Status.DRAFT)


@pytest.mark.usefixtures("_shelf")
@pytest.mark.parametrize(
    ("query", "by_category", "by_value"),
    [
        ("", {"mugs": 3, "bowls": 2, "kitchen": 1}, {"blue": 4, "red": 2, "green": 1, "small": 4, "large": 2}),
        ("category=mugs", {"mugs": 3, "bowls": 2, "kitchen": 1}, {"blue": 2, "red": 1, "small": 2, "large": 1}),
        ("category=kitchen&colour=red", {"mugs": 1, "bowls": 1},
         {"blue": 4, "red": 2, "green": 1, "small": 1, "large": 1}),
        ("colour=red&colour=green", {"mugs": 1, "bowls": 1, "kitchen": 1},
         {"blue": 4, "red": 2, "green": 1, "small": 2, "large": 1}),
        ("colour=red&size=small", {"mugs": 1}, {"blue": 2, "red": 1, "green": 1, "small": 1, "large": 1}),
        ("category=bowls&colour=blue&size=large&min_price=45", {"bowls": 1}, {"blue": 1, "red": 1, "large": 1}),
        ("min_price=100", {}, {}),
    ],
)  # fmt: skip
def test_counts_ignore_the_filter_of_their_own_attribute(
    query: str, by_category: dict[str, int], by_value: dict[str, int]
) -> None:
    assert counted(query) == (by_category, by_value)


@pytest.mark.usefixtures("_shelf")
def test_loaded_products_are_counted_as_the_database_counts_them() -> None:
    form = ProductFilterForm(QueryDict(""))
    assert form.is_valid()
    visible = Product.objects.visible(timezone.now())
    counts = count(visible, form.filters, form.values_by_attribute)
    assert count_loaded(visible.values_list("category_id", "facet_values")) == counts
    assert count_loaded([]) == ({}, {})


@pytest.mark.usefixtures("_shelf")
def test_counting_takes_one_query(django_assert_num_queries: Callable[[int], Any]) -> None:
    form = ProductFilterForm(QueryDict("category=mugs&colour=blue&size=small"))
    assert form.is_valid()
    chosen, values_by_attribute = form.filters, form.values_by_attribute
    with django_assert_num_queries(1):
        count(Product.objects.visible(timezone.now()), chosen, values_by_attribute)
