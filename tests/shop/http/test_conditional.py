"""ETags of the API's catalogue."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import Product
from shop.accounts.models import Customer
from shop.models import ApiKey
from tests.factories import ProductFactory
from tests.shop.http.test_keys import new_key

pytestmark = pytest.mark.django_db
CALLS = [
    "products/", "products/?cursor=", "products/mug/", "products/mug/similar/", "products/mug/reviews/", "categories/",
    "categories/kitchen/", "search/?q=mug", "recommendations/?viewed=mug",
]  # fmt: skip


@pytest.fixture(autouse=True)
def mug() -> Product:
    return ProductFactory(title="Mug", category__name="Kitchen")


def get(call: str, etag: str = "", **more: Any) -> Any:
    headers = {"If-None-Match": etag} if etag else {}
    return Client().get(f"/api/v1/{call}", headers=headers, **more)


@pytest.mark.parametrize("call", CALLS)
def test_an_unchanged_answer_is_not_sent_again(call: str) -> None:
    first = get(call)
    etag = first.headers["ETag"]
    assert etag.startswith('W/"')
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Authorization", "Cookie"} <= set(first.headers["Vary"].split(", "))
    for named in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
        again = get(call, named)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
        assert again.headers["Cache-Control"] == "private, no-cache"
        assert "Authorization" in again.headers["Vary"]
    assert Client().head(f"/api/v1/{call}").headers["ETag"] == etag


@pytest.mark.parametrize("call", ["products/", "products/mug/", "search/?q=mug", "categories/kitchen/"])
def test_a_change_changes_the_etag(call: str, mug: Product) -> None:
    etag = get(call).headers["ETag"]
    Product.objects.update(brand="Halden")
    mug.category.name = "Kitchenware"
    mug.category.save()
    changed = get(call, etag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


@pytest.mark.parametrize("header", ['W/"x', "x" * 5000, '"\xff"', ",,,", 'W/"a", ' * 500, "W/*"])
def test_a_malformed_header_is_ignored(header: str) -> None:
    assert get("products/", header).status_code == 200


def test_errors_have_no_etag() -> None:
    for call, status in (("products/none/", 404), ("products/?sort=x", 400), ("products/?cursor=x", 400)):
        answer = get(call, "*")
        assert (answer.status_code, "ETag" in answer.headers) == (status, False)


def test_a_revoked_key_gets_no_304() -> None:
    row, key = new_key("catalogue:read")
    etag = get("products/").headers["ETag"]
    headers = {"Authorization": f"Api-Key {key}", "If-None-Match": etag}
    assert Client().get("/api/v1/products/", headers=headers).status_code == 304
    ApiKey.objects.filter(pk=row.pk).update(scopes=["orders"])
    assert Client().get("/api/v1/products/", headers=headers).status_code == 403


def test_carts_and_orders_have_no_etag(alice: Customer) -> None:
    client = APIClient()
    client.force_login(alice)
    for call in ("cart/", "orders/", "wishlist/", "search/photo/network/"):
        answer = client.get(f"/api/v1/{call}", headers={"If-None-Match": "*"})
        assert (answer.status_code, "ETag" in answer.headers) == (200, False), call
