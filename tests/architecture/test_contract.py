"""The public URLs exist."""

import pytest
from django.urls import resolve
from rest_framework.test import APIClient

PAGES = [
    "/", "/products/", "/products/some-product/", "/search/", "/search/photo/", "/search/photo/why/", "/admin/",
    "/cart/", "/checkout/", "/orders/some-secret/", "/orders/some-secret/return/",
    "/account/", "/account/login/", "/account/addresses/", "/wishlist/", "/products/some-product/reviews/",
    "/for-you/", "/products/some-product/more/",
    "/cart/goes-with/", "/pages/imprint/", "/contact/", "/admin/opening/", "/sitemap.xml", "/robots.txt", "/healthz",
    "/readyz",
]  # fmt: skip
CALLS = [
    "products/", "products/some-product/", "products/some-product/similar/", "categories/",
    "products/some-product/goes-with/", "products/some-product/substitutes/", "search/",
    "cart/", "cart/lines/", "checkout/", "orders/", "orders/some-secret/returns/",
    "products/some-product/reviews/", "products/some-product/review/", "wishlist/", "wishlist/some-product/",
    "search/suggest/", "search/photo/", "recommendations/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_page_exists(address: str) -> None:
    assert resolve(address)


@pytest.mark.parametrize("call", CALLS)
def test_api_call_exists(call: str) -> None:
    assert resolve(f"/api/v1/{call}").view_name != "api:unknown"


@pytest.mark.django_db
def test_the_api_schema_lists_every_call() -> None:
    schema = APIClient().get("/api/schema/", headers={"accept": "application/json"}).content.decode()
    assert not [
        call
        for call in CALLS
        if f"/api/v1/{call.replace('some-product', '{slug}').replace('some-secret', '{secret}')}" not in schema
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("call", ["no-such-call/", "products/two%0Alines/review/"])
def test_an_unknown_api_url_returns_an_api_error(method: str, call: str) -> None:
    response = getattr(APIClient(enforce_csrf_checks=True), method)(f"/api/v1/{call}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
