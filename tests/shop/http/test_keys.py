"""API keys: creation, scopes, rates and refusal."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.test import APIClient
from rest_framework.throttling import ScopedRateThrottle

from shop.accounts.models import Customer
from shop.http import keys
from shop.models import ApiKey
from tests.forms import form_data
from tests.purchases import article

pytestmark = pytest.mark.django_db
PRODUCTS = "/api/v1/products/"


def new_key(*scopes: str, **fields: Any) -> tuple[ApiKey, str]:
    row = ApiKey(name="Till", scopes=list(scopes or ApiKey.Scope.values), **fields)
    key = keys.assign_key(row)
    row.save()
    return row, key


def client_with(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    return client


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_key_is_stored_as_a_hash_only() -> None:
    row, key = new_key()
    assert len(key) > 50
    assert key.startswith(row.prefix)
    stored = str(ApiKey.objects.values().get())
    assert key not in stored
    assert key[len(row.prefix) :] not in stored


def test_a_valid_key_is_answered() -> None:
    _, key = new_key("catalogue:read")
    assert client_with(key).get(PRODUCTS).status_code == 200
    assert APIClient().get(PRODUCTS, headers={"Authorization": f"api-key  {key} "}).status_code == 200


@pytest.mark.parametrize(
    "key", ["", "x", "semblance_" + "a" * 43, "a b", "a" * 7000, "é", "ключ", "\ud83e", "%00", ";"]
)
def test_a_wrong_key_is_refused(key: str) -> None:
    header = f"Api-Key {key}".encode("utf-8", "surrogatepass").decode("latin-1")
    answer = Client().get(PRODUCTS, headers={"Authorization": header})
    assert code_of(answer) in {(401, "invalid_api_key"), (400, "bad_request")}
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"] == 'Api-Key realm="api"'


def test_a_nul_byte_in_a_key_is_refused() -> None:
    assert code_of(Client().get(PRODUCTS, headers={"Authorization": "Api-Key a\0b"})) == (400, "bad_request")


@pytest.mark.parametrize("key", ["", "a" * 101])
def test_an_impossible_key_costs_no_query(key: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client_with(key).get(PRODUCTS).status_code == 401


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer x", "", " ", "Api-Keys x"])
def test_other_schemes_are_ignored(header: str) -> None:
    assert Client().get(PRODUCTS, headers={"Authorization": header}).status_code == 200


def test_a_revoked_and_an_expired_key_are_refused() -> None:
    row, key = new_key()
    expiring, short = new_key(expires_at=timezone.now() + timedelta(days=1))
    assert keys.revoke(ApiKey.objects.filter(pk=row.pk), timezone.now()) == 1
    assert code_of(client_with(key).get(PRODUCTS)) == (401, "revoked_api_key")
    assert client_with(short).get(PRODUCTS).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert code_of(client_with(short).get(PRODUCTS)) == (401, "expired_api_key")
    assert expiring.revoked_at is None


@pytest.mark.parametrize(
    ("call", "scope"),
    [
        ("products/", "catalogue:read"), ("categories/", "catalogue:read"), ("search/?q=mug", "catalogue:read"),
        ("recommendations/", "recommendations"), ("cart/", "orders"), ("orders/unknown/", "orders"),
        ("search/photo/network/", "search:photo"),
    ],
)  # fmt: skip
def test_a_key_needs_the_scope_of_the_call(call: str, scope: str) -> None:
    _, key = new_key(scope)
    _, other = new_key(*(set(ApiKey.Scope.values) - {scope}))
    assert client_with(key).get(f"/api/v1/{call}").status_code in (200, 404)
    assert code_of(client_with(other).get(f"/api/v1/{call}")) == (403, "missing_scope")


def test_a_key_is_no_customer(alice: Customer) -> None:
    """Not even if the caller is logged in: the key replaces the session, which a CSRF token would protect."""
    _, key = new_key()
    client = client_with(key)
    client.force_login(alice)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    assert code_of(client.get("/api/v1/wishlist/")) == (403, "permission_denied")
    assert code_of(client.get("/api/v1/orders/")) == (403, "permission_denied")
    assert client.get("/api/v1/cart/").status_code == 200
    assert code_of(APIClient().get("/api/v1/orders/")) == (403, "not_authenticated")


def test_a_key_fills_a_guest_cart(alice: Customer) -> None:
    _, key = new_key("orders")
    client = client_with(key)
    answer = client.post("/api/v1/cart/lines/", {"variant": article("10.00").pk, "quantity": 1}, format="json")
    assert answer.status_code == 201
    assert answer.json()["token"]


def test_a_key_has_a_rate_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "photo", "1/min")
    cache.clear()
    row, key = new_key(rate=3)
    _, other = new_key(rate=3)
    client = client_with(key)

    def photo_search(client: APIClient) -> int:
        photo = SimpleUploadedFile("photo.jpg", b"no picture", "image/jpeg")
        return int(client.post("/api/v1/search/photo/", {"photo": photo}).status_code)

    assert [photo_search(client) for _ in range(2)] == [400, 400]
    assert client.get(PRODUCTS).status_code == 200
    limited = client.get(PRODUCTS)
    assert code_of(limited) == (429, "throttled")
    assert 0 < int(limited.headers["Retry-After"]) <= 60
    assert client_with(other).get(PRODUCTS).status_code == 200
    assert [photo_search(APIClient()) for _ in range(2)] == [400, 429]
    assert client.get(PRODUCTS).status_code == 429
    ApiKey.objects.filter(pk=row.pk).update(rate=100)
    assert client.get(PRODUCTS).status_code == 200


def test_use_is_recorded_at_most_once_an_hour() -> None:
    row, key = new_key()
    client = client_with(key)
    start = timezone.now()
    for minutes, recorded in ((0, 0), (30, 0), (59, 0), (61, 61)):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            client.get(PRODUCTS)
        row.refresh_from_db()
        assert row.last_used_at == start + timedelta(minutes=recorded)


def views() -> Iterator[tuple[str, Any]]:
    """Yield the API's views with their paths."""
    pending: list[tuple[str, URLPattern | URLResolver]] = [("", get_resolver("shop.api"))]
    while pending:
        start, each = pending.pop()
        path = start + str(each.pattern)
        if isinstance(each, URLResolver):
            pending += [(path, below) for below in each.url_patterns]
        elif view := getattr(each.callback, "cls", None):
            yield path, view


def test_every_call_names_a_scope_or_needs_a_customer() -> None:
    known = [(path, view) for path, view in views() if view.__module__ != SpectacularAPIView.__module__]
    assert len(known) > 15
    unscoped = [
        path
        for path, view in known
        if IsAuthenticated not in view.permission_classes and getattr(view, "key_scope", "") not in ApiKey.Scope.values
    ]
    assert unscoped == []


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(Customer.objects.create_superuser("rita@example.com", "correct horse"))
    return client


def test_staff_create_a_key_that_is_shown_once(staff: Client) -> None:
    address = "/admin/shop/apikey/add/"
    form = form_data(staff.get(address)) | {"name": "Till", "scopes": ["catalogue:read", "orders"], "rate": "60"}
    created = staff.post(address, form)
    row = ApiKey.objects.get()
    assert "no-store" in created.headers["Cache-Control"]
    key = created.context["key"]
    assert key in created.content.decode()
    assert (row.scopes, row.rate, row.prefix) == (["catalogue:read", "orders"], 60, key[: keys.PREFIX_LENGTH])
    assert client_with(key).get(PRODUCTS).status_code == 200
    later = [f"/admin/shop/apikey/{row.pk}/change/", "/admin/shop/apikey/", f"/admin/shop/apikey/{row.pk}/history/"]
    assert not [page for page in later if key in staff.get(page).content.decode()]
    changed = form_data(staff.get(later[0])) | {"name": "Till 2", "scopes": ["orders"]}
    assert staff.post(later[0], changed).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.scopes) == ("Till 2", ["orders"])
    assert code_of(client_with(key).get(PRODUCTS)) == (403, "missing_scope")


def test_staff_revoke_keys(staff: Client) -> None:
    row, key = new_key()
    page = staff.post("/admin/shop/apikey/", {"action": "revoke", "_selected_action": [row.pk]}, follow=True)
    assert "1 key was revoked." in page.content.decode()
    assert code_of(client_with(key).get(PRODUCTS)) == (401, "revoked_api_key")
    assert staff.get(f"/admin/shop/apikey/{row.pk}/delete/").status_code == 403


@pytest.mark.parametrize("field", [{"scopes": []}, {"scopes": ["everything"]}, {"rate": "0"}, {"rate": "9" * 20}])
def test_an_invalid_key_is_not_created(staff: Client, field: dict[str, Any]) -> None:
    address = "/admin/shop/apikey/add/"
    form = form_data(staff.get(address)) | {"name": "Till", "scopes": ["orders"], "rate": "60"} | field
    assert staff.post(address, form).status_code == 200
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("call", ["search/photo/?like=unknown", "categories/", "search/suggest/?q=mug"])
def test_every_call_counts_towards_the_rate_of_a_key(call: str) -> None:
    _, key = new_key(rate=1)
    client = client_with(key)
    assert client.get(f"/api/v1/{call}").status_code in (200, 404)
    assert client.get(f"/api/v1/{call}").status_code == 429
