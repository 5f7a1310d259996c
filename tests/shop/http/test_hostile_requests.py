"""Malicious paths, parameters, headers and cookies never cause a server error."""

from io import BytesIO
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from shop.accounts.models import Customer
from shop.wsgi import application
from tests.factories import ImageFactory, ProductFactory
from tests.shop.hostile import DIGITS, TELLING, VALUES, addresses, queries, quoted

pytestmark = pytest.mark.django_db
LISTS = ["/", "/products/", "/search/", "/search/photo/", "/search/photo/why/", "/cart/", "/checkout/",
         "/account/login/", "/account/signup/", "/account/password/reset/", "/account/", "/wishlist/",
         "/sitemap.xml", "/sitemap-products.xml", "/static/", "/media/"]  # fmt: skip
CALLS = ["products/", "categories/", "search/", "search/suggest/", "recommendations/", "cart/", "orders/", "wishlist/",
         "search/photo/network/"]  # fmt: skip
SIX = ["/api/v1/products/%00/", "/api/v1/categories/%00/", "/api/v1/orders/%00/", "/orders/%00/",
       "/api/v1/recommendations/?viewed=%00", "/admin/catalog/product/?category=%00"]  # fmt: skip


@pytest.fixture
def anyone(db: None) -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def staff(db: None) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(Customer.objects.create_superuser("staff@example.com", "a long passphrase"))
    return client


def ask(client: Client, method: str, address: str, **more: Any) -> int:
    return int(client.generic(method, address, **more).status_code)


@pytest.mark.parametrize("address", SIX)
def test_a_nul_byte_is_refused(staff: Client, address: str) -> None:
    answer = staff.get(address)
    assert answer.status_code == 400
    if address.startswith("/api/"):
        assert answer.json()["code"] == "bad_request"
    else:
        assert "could not process your request" in answer.content.decode()


@pytest.mark.parametrize("value", TELLING, ids=lambda value: value[:12])
def test_no_path_causes_a_server_error(anyone: Client, staff: Client, value: str) -> None:
    broken = [
        (method, address[:80], status)
        for address in [*addresses(value), f"/static/{quoted(value)}", f"/media/{quoted(value)}"]
        for client, method in ((anyone, "POST"), (staff, "GET"))
        if address != "/readyz" and (status := ask(client, method, address)) >= 500
    ]
    assert not broken


def test_an_overlong_path_is_refused(anyone: Client) -> None:
    assert ask(anyone, "GET", f"/products/{'x' * 5000}/") == 400
    assert ask(anyone, "GET", f"/admin/catalog/product/{'9' * 5000}/change/") == 400


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:12])
def test_no_query_causes_a_server_error(anyone: Client, value: str) -> None:
    ImageFactory(product=ProductFactory())
    broken = [
        (address, query[:80], status)
        for address in [*LISTS, *(f"/api/v1/{call}" for call in CALLS)]
        for query in queries(quoted(value))
        if (status := ask(anyone, "GET", f"{address}?{query}")) >= 500
    ]
    assert not broken


@pytest.mark.parametrize("value", [DIGITS, "%ED%A0%80"])
def test_no_query_causes_a_server_error_in_the_admin(staff: Client, value: str) -> None:
    ImageFactory(product=ProductFactory())
    lists = [reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
             for model in admin.site._registry]  # fmt: skip
    reports = ["/admin/reports/sales/", "/admin/reports/searches/", "/admin/autocomplete/", "/admin/jsi18n/"]
    broken = [
        (address, query[:80], status)
        for address in [*lists, *reports, "/admin/catalog/category/children/1/"]
        for query in queries(quoted(value))
        if (status := ask(staff, "GET", f"{address}?{query}")) >= 500
    ]
    assert not broken


@pytest.mark.parametrize("value", TELLING, ids=lambda value: value[:12])
def test_no_form_field_causes_a_server_error(anyone: Client, value: str) -> None:
    pages = [*LISTS, "/cart/add/", "/cart/lines/1/", "/cart/estimate/", "/back-in-stock/", "/payments/webhooks/test/",
             "/wishlist/add/some-product/", "/account/login/code/confirm/", "/account/password/change/"]  # fmt: skip
    broken = [
        (address, query[:80], status)
        for address in pages
        for query in (*queries(quoted(value)), f"email={quoted(value)}&password={quoted(value)}&login={quoted(value)}")
        if (status := ask(anyone, "POST", address, data=query, content_type="application/x-www-form-urlencoded"))
        >= 500
    ]
    assert not broken


@pytest.mark.parametrize(
    "header",
    [
        {"HTTP_COOKIE": 'sessionid="\\000abc"'},
        {"HTTP_COOKIE": 'cart="\\000"; csrftoken="\\000"; django_language="\\000"; wishlist="\\000"'},
        {"HTTP_COOKIE": f"sessionid={'x' * 9000}"},
        {"HTTP_CART_TOKEN": "a\0b"},
        {"HTTP_IDEMPOTENCY_KEY": "\0"},
        {"HTTP_ACCEPT_LANGUAGE": "x" * 9000},
        {"HTTP_ACCEPT_LANGUAGE": "de;q=9e999, \xff"},
        {"HTTP_ACCEPT": "text/*;q*=rot13''x"},
        {"HTTP_HX_CURRENT_URL": "http://[", "HTTP_HX_REQUEST": "true"},
        {"HTTP_REFERER": "http://["},
        {"HTTP_IF_MODIFIED_SINCE": "yesterday", "HTTP_IF_NONE_MATCH": '"'},
        {"HTTP_X_FORWARDED_FOR": "\0, not an address"},
        {"HTTP_RANGE": "bytes=9-1"},
    ],
    ids=repr,
)
def test_no_header_causes_a_server_error(anyone: Client, header: dict[str, str]) -> None:
    addresses = [*LISTS, "/admin/", *(f"/api/v1/{call}" for call in CALLS)]
    assert not [each for each in addresses if ask(anyone, "GET", each, **header) >= 500]


@pytest.mark.parametrize("charset", ["rot13", "utf-16", "unicode_escape", "bz2", "no-such"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"]
)
def test_a_body_in_another_charset_is_refused(anyone: Client, kind: str, charset: str) -> None:
    for address in ("/account/login/", "/search/photo/", "/api/v1/search/photo/", "/api/v1/cart/lines/"):
        asked = anyone.generic("POST", address, "q=%00", content_type=f"{kind}; charset={charset}")
        assert 400 <= asked.status_code < 500


def test_a_form_part_with_an_unreadable_name_is_refused(anyone: Client) -> None:
    for name, value in (("a\0b", "x"), ("q", "a\0b"), ("photo", "x\0")):
        body = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'
        for address in ("/search/photo/", "/api/v1/search/photo/", "/account/signup/", "/api/v1/cart/lines/"):
            asked = anyone.generic("POST", address, body, content_type="multipart/form-data; boundary=b")
            assert asked.status_code == 400, (address, name)


@pytest.mark.parametrize("kind", ["text/plain; charset*=no-such''x", "text/plain; charset*=rot13''x"])
def test_an_unreadable_content_type_is_refused(kind: str) -> None:
    asked = {"REQUEST_METHOD": "POST", "PATH_INFO": "/robots.txt", "HTTP_HOST": "localhost", "CONTENT_TYPE": kind,
             "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
             "wsgi.input": BytesIO()}  # fmt: skip
    answers: list[str] = []
    list(application(asked, lambda status, headers, problem=None: answers.append(status)))
    assert answers[0][:3] in ("400", "405")
