"""Redirects from former slugs."""

from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from catalog.models import Attribute, AttributeValue, Category, FormerSlug, Product
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


def rename(row: Any, *slugs: str) -> None:
    for slug in slugs:
        row.slug = slug
        row.save()


def test_renamed_product_redirects_from_each_former_slug(client: Client) -> None:
    product = ProductFactory(title="Old", slug="old")
    rename(product, "middle", "新しい")
    for slug in ("old", "middle"):
        response = client.get(f"/products/{slug}/", {"look": "x"})
        assert (response.status_code, response["Location"]) == (301, f"/products/{quote('新しい')}/?look=x")
        assert client.get(f"/api/v1/products/{slug}/").json()["slug"] == "新しい"
        assert client.get(f"/api/v1/products/{slug}/similar/").status_code == 200
        assert client.get(f"/products/{slug}/reviews/").status_code == 200
    assert client.get("/products/elsewhere/").status_code == 404


def test_current_slug_wins_over_former_slugs(client: Client) -> None:
    product = ProductFactory(title="Old", slug="old")
    rename(product, "new")
    ProductFactory(title="Other", slug="old")
    assert client.get("/products/old/").context["product"].title == "Other"
    assert not FormerSlug.objects.exists()
    Product.objects.filter(title="Other").delete()
    assert client.get("/products/old/").status_code == 404


def test_renaming_back_causes_no_redirect_loop(client: Client) -> None:
    product = ProductFactory(title="Mug", slug="one")
    rename(product, "two", "one")
    assert client.get("/products/one/").status_code == 200
    assert client.get("/products/two/")["Location"] == "/products/one/"


def test_products_can_swap_slugs(client: Client) -> None:
    one, two = ProductFactory(title="One", slug="one"), ProductFactory(title="Two", slug="two")
    rename(one, "aside")
    rename(two, "one")
    rename(one, "two")
    assert [client.get(f"/products/{slug}/").context["product"].title for slug in ("one", "two")] == ["Two", "One"]
    assert client.get("/products/aside/")["Location"] == "/products/two/"


def test_renaming_by_sql_is_recorded(client: Client) -> None:
    ProductFactory(slug="old")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET slug = 'new'")
    assert client.get("/products/old/")["Location"] == "/products/new/"


def test_former_slugs_of_hidden_and_deleted_products_are_not_found(client: Client) -> None:
    hidden, deleted = ProductFactory(slug="hidden"), ProductFactory(slug="deleted")
    rename(hidden, "still-hidden")
    rename(deleted, "soon-gone")
    Product.objects.filter(pk=hidden.pk).update(status="draft")
    deleted.delete()
    for slug in ("hidden", "deleted"):
        assert client.get(f"/products/{slug}/").status_code == 404
        assert client.get(f"/api/v1/products/{slug}/").status_code == 404


def test_former_filter_slugs_redirect(client: Client) -> None:
    category = CategoryFactory(name="Cups")
    ProductFactory(title="Mug", category=category, attributes={"colour": ["Red", "Blue"]})
    rename(Category.objects.get(), "mugs")
    rename(Attribute.objects.get(), "farbe")
    rename(AttributeValue.objects.get(slug="red"), "rot")
    new = "category=mugs&sort=price&farbe=rot&farbe=blue"
    for old in ("category=cups&sort=price&colour=red&colour=blue", "category=cups&sort=price&farbe=red&farbe=blue"):
        response = client.get(f"/products/?{old}")
        assert (response.status_code, response["Location"]) == (301, f"/products/?{new}")
        assert client.get(f"/api/v1/products/?{old}").json()["count"] == 1
        assert client.get(f"/api/v1/search/?q=mug&{old}").json()["count"] == 1
    assert client.get(f"/products/?{new}").context["result_count"] == 1
    assert client.get("/products/?category=plates").status_code == 400
    assert client.get("/products/?utm_source=mail&farbe=rot").status_code == 200


def test_former_value_of_another_attribute_is_ignored(client: Client) -> None:
    ProductFactory(attributes={"colour": "Red", "mood": "Calm"})
    rename(AttributeValue.objects.get(slug="calm"), "quiet")
    assert client.get("/products/?colour=calm").status_code == 400
    assert client.get("/products/?mood=calm")["Location"] == "/products/?mood=quiet"
