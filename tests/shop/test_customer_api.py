"""API of wishlist and reviews."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework.throttling import ScopedRateThrottle

from catalog.models import Product
from shop.accounts.models import Customer
from shop.reviews.models import Review
from shop.wishlist import services
from tests.factories import ProductFactory
from tests.purchases import buy, cart_of, deliver_to

pytestmark = pytest.mark.django_db
WORDS = {"author": "Alice", "rating": 4, "title": "Good", "text": "Holds tea."}


@pytest.fixture
def mug() -> Product:
    return ProductFactory(title="Halden mug")


@pytest.fixture
def anyone_may_review(settings: Any) -> None:
    """Allow reviews by customers who have not bought the product."""
    settings.REVIEWS_BUYERS_ONLY = False


@pytest.fixture
def client_of_alice(alice: Customer) -> APIClient:
    """A client of Alice that must send the CSRF token."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    token = client.get("/account/").context["csrf_token"]
    client.credentials(HTTP_X_CSRFTOKEN=str(token))
    return client


def test_wishlist_items_are_added_and_removed(client_of_alice: APIClient, mug: Product) -> None:
    for _ in range(2):
        assert client_of_alice.put("/api/v1/wishlist/halden-mug/").status_code == 204
    answer = client_of_alice.get("/api/v1/wishlist/").json()
    assert (answer["count"], answer["results"][0]["slug"]) == (1, "halden-mug")
    for _ in range(2):
        assert client_of_alice.delete("/api/v1/wishlist/halden-mug/").status_code == 204
    assert client_of_alice.get("/api/v1/wishlist/").json() == {"count": 0, "results": []}


def test_a_full_wishlist_explains_what_to_do(client_of_alice: APIClient, mug: Product, alice: Customer) -> None:
    others = [ProductFactory().pk for _ in range(services.MAX_ITEMS)]
    services.add_products(alice, others, timezone.now())
    answer = client_of_alice.put("/api/v1/wishlist/halden-mug/")
    assert (answer.status_code, answer.json()["code"]) == (409, "wishlist_full")


@pytest.mark.usefixtures("anyone_may_review")
def test_a_review_is_written_changed_read_and_deleted(client_of_alice: APIClient, mug: Product) -> None:
    assert client_of_alice.get("/api/v1/products/halden-mug/review/").json()["code"] == "not_found"
    for rating in (4, 5):
        answer = client_of_alice.put("/api/v1/products/halden-mug/review/", {**WORDS, "rating": rating}, format="json")
        assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    assert client_of_alice.get("/api/v1/products/halden-mug/review/").json()["rating"] == 5
    assert client_of_alice.get("/api/v1/products/halden-mug/reviews/").json()["results"] == []
    Review.objects.update(state=Review.State.APPROVED)
    (shown,) = client_of_alice.get("/api/v1/products/halden-mug/reviews/").json()["results"]
    assert shown.keys() == {"author", "rating", "title", "text", "is_verified_purchase", "created_at", "photos"}
    for _ in range(2):
        assert client_of_alice.delete("/api/v1/products/halden-mug/review/").status_code == 204
    assert not Review.objects.exists()


@pytest.mark.usefixtures("anyone_may_review")
def test_read_only_fields_cannot_be_assigned(client_of_alice: APIClient, mug: Product, bob: Customer) -> None:
    more = {"state": "approved", "is_verified_purchase": True, "customer": bob.pk, "created_at": "2020-01-01T00:00Z"}
    client_of_alice.put("/api/v1/products/halden-mug/review/", {**WORDS, **more}, format="json")
    review = Review.objects.get()
    assert (review.state, review.is_verified_purchase, review.customer.name) == ("waiting", False, "Alice")
    assert review.created_at.year > 2020


@pytest.mark.parametrize(
    "words", [{"rating": 6}, {"rating": "five"}, {"rating": None}, {"author": ""}, {"text": "x" * 4001},
              {"text": ["a"]}],
)  # fmt: skip
def test_an_invalid_review_is_refused(client_of_alice: APIClient, mug: Product, words: dict[str, Any]) -> None:
    answer = client_of_alice.put("/api/v1/products/halden-mug/review/", WORDS | words, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == list(words)


def test_only_buyers_may_review_by_api(client_of_alice: APIClient, alice: Customer, mug: Product) -> None:
    answer = client_of_alice.put("/api/v1/products/halden-mug/review/", WORDS, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_bought")
    deliver_to("DE")
    buy(cart_of(mug.variants.get()), customer=alice)
    answer = client_of_alice.put("/api/v1/products/halden-mug/review/", WORDS, format="json")
    assert (answer.status_code, answer.json()["is_verified_purchase"]) == (200, True)


CALLS = [("get", "wishlist/"), ("put", "wishlist/halden-mug/"), ("delete", "wishlist/halden-mug/"),
         ("get", "products/halden-mug/review/"), ("put", "products/halden-mug/review/")]  # fmt: skip


@pytest.mark.parametrize(("method", "call"), CALLS)
def test_calls_need_a_session_and_a_csrf_token(alice: Customer, mug: Product, method: str, call: str) -> None:
    answer = getattr(APIClient(), method)(f"/api/v1/{call}")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_authenticated")
    from_elsewhere = APIClient(enforce_csrf_checks=True)
    from_elsewhere.force_login(alice)
    if method != "get":
        assert getattr(from_elsewhere, method)(f"/api/v1/{call}").status_code == 403


def test_drafts_are_not_found(client_of_alice: APIClient) -> None:
    ProductFactory(title="Draft", status=Product.Status.DRAFT)
    assert client_of_alice.put("/api/v1/wishlist/draft/").status_code == 404
    assert client_of_alice.put("/api/v1/products/draft/review/", WORDS, format="json").status_code == 404
    assert client_of_alice.get("/api/v1/products/draft/reviews/").status_code == 404


def test_account_calls_are_throttled(client_of_alice: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "account", "2/min")
    assert [client_of_alice.get("/api/v1/wishlist/").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("number", [1, 20])
def test_the_wishlist_needs_few_queries(
    client_of_alice: APIClient, alice: Customer, number: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    services.add_products(alice, [ProductFactory().pk for _ in range(number)], timezone.now())
    with django_assert_max_num_queries(7):
        assert client_of_alice.get("/api/v1/wishlist/").json()["count"] == number
