"""Staff alerts on the front page of the admin."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.models import ProductImage
from catalog.staff import alerts
from tests.factories import ImageFactory, ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client, django_user_model: Any) -> Client:
    client.force_login(django_user_model.objects.create_superuser(email="alice@example.com", password="correct horse"))
    return client


def counts() -> dict[str, int]:
    return {str(each.title): each.count for each in alerts.catalog_alerts()}


def test_alerts_count_their_rows() -> None:
    ProductFactory(stock=50)
    ProductFactory(stock=0)
    few = ProductFactory(stock=alerts.MAX_COUNT)
    VariantFactory(product=few, on_hand=7, reserved=2)
    ProductFactory(stock=0, status="draft")
    ProductImage.objects.filter(pk=ImageFactory(product=few).pk).update(rendition_error="The disk was full.")
    assert counts() == {
        "Pictures without renditions": 1,
        "Pictures not fetched": 0,
        "Low stock": 1,
        "Sold out": 1,
        "Drafts": 1,
    }


def test_variant_with_enough_or_no_stock_is_not_low() -> None:
    ProductFactory(stock=6)
    ProductFactory(stock=0)
    assert counts()["Low stock"] == 0


def test_alert_links_to_the_products(staff: Client) -> None:
    ProductFactory(title="Rare jug", stock=2)
    ProductFactory(title="Common jug", stock=20)
    assert "/admin/catalog/product/?stock=few" in staff.get("/admin/").content.decode()
    listed = staff.get("/admin/catalog/product/?stock=few").content.decode()
    assert "Rare jug" in listed
    assert "Common jug" not in listed


def test_every_alert_link_works(staff: Client) -> None:
    for each in alerts.catalog_alerts():
        assert staff.get(each.address).status_code == 200, each.address


def test_front_page_reports_that_nothing_is_left_to_do(staff: Client) -> None:
    assert "Nothing to do: all pictures are searchable" in staff.get("/admin/").content.decode()


def test_counting_stops_at_a_maximum(
    staff: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(alerts, "MAX_COUNT", 2)
    for _ in range(3):
        ProductFactory(status="draft")
    with django_assert_num_queries(5):
        assert counts()["Drafts"] == 2
    assert "2 or more" in staff.get("/admin/").content.decode()
