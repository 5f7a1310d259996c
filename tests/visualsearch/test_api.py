"""The API of the visual search."""

from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.models import Product
from catalog.models.search_tally import SearchTally
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.api import PhotoSearchView
from visualsearch.models import Network

pytestmark = pytest.mark.django_db
PHOTO = "/api/v1/search/photo/"


@pytest.fixture(autouse=True)
def _stock(network: Network) -> None:
    products = [ProductFactory(title=f"Thing {n}", price=f"{10 + n}.00") for n in range(6)]
    images = [ImageFactory(product=product, data=pattern(n)) for n, product in enumerate(products)]
    index.refresh([image.pk for image in images], network)


def search(client: Client, seed: int = 3, **fields: Any) -> Any:
    photo = SimpleUploadedFile("photo.jpg", pattern(seed, again=True), "image/jpeg")
    return client.post(PHOTO, {"photo": photo, **fields})


def slugs(response: Any) -> list[str]:
    return [result["product"]["slug"] for result in response.json()["results"]]


def test_photo_search_returns_the_documented_fields(client: Client) -> None:
    response = search(client)
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {"results", "verdict", "kind", "understood", "region", "regions", "took_ms", "network"}
    assert answer["verdict"] == "match"
    assert answer["region"] == [0, 0, 1, 1]
    assert answer["took_ms"] >= 0
    best = answer["results"][0]
    assert set(best) == {"product", "score", "image"}
    assert best["product"]["slug"] == "thing-3"
    assert best["product"]["price"] == "13.00"
    assert set(best["image"]) == {"url", "width", "height", "alt"}
    scores = [result["score"] for result in answer["results"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_photo_search_is_filtered_sorted_and_limited(client: Client) -> None:
    assert slugs(search(client, max_price="11.50")) in (["thing-0", "thing-1"], ["thing-1", "thing-0"])
    assert slugs(search(client, sort="price")) == [f"thing-{n}" for n in range(6)]
    assert slugs(search(client, limit="1")) == ["thing-3"]
    assert set(slugs(search(client, q="thing 5"))[:2]) == {"thing-3", "thing-5"}


def test_photo_searches_are_counted_with_and_without_a_match(client: Client) -> None:
    search(client)
    search(client, min_price="1000")
    assert SearchTally.objects.by_photo().values_list("searches", "unanswered").get() == (2, 1)


@pytest.mark.parametrize("limit", ["0", "-1", "101", "many", "1.5", "１", "9" * 15])
def test_limit_out_of_bounds_is_refused(client: Client, limit: str) -> None:
    for response in (search(client, limit=limit), client.get("/api/v1/products/thing-1/similar/", {"limit": limit})):
        assert response.status_code == 400
        assert response.json()["code"] == "invalid_limit"


def test_photo_search_accepts_only_multipart_forms(client: Client) -> None:
    response = client.post(PHOTO, '{"photo": "x"}', content_type="application/json")
    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_media_type"
    assert client.get(PHOTO).json()["code"] == "photo_missing"


def test_broken_form_is_refused(client: Client) -> None:
    response = client.post(PHOTO, b"--x\r\nrubbish", content_type="multipart/form-data; boundary=x")
    assert response.status_code == 400
    assert response.json()["code"] in ("photo_missing", "parse_error")


def test_photo_search_is_throttled(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    throttle = PhotoSearchView.throttle_classes[0]
    monkeypatch.setattr(throttle, "THROTTLE_RATES", {"photo": "2/min"})
    cache.clear()
    assert [search(client).status_code for _ in range(3)] == [200, 200, 429]
    cache.clear()


def test_similar_products_leave_the_product_out(client: Client) -> None:
    response = client.get("/api/v1/products/thing-3/similar/", {"limit": "4"})
    assert response.status_code == 200
    assert len(slugs(response)) == 4
    assert "thing-3" not in slugs(response)
    assert set(response.json()["results"][0]) == {"group", "product", "score"}


def test_similar_products_are_of_the_same_kind_first(client: Client) -> None:
    other = CategoryFactory(name="Other things")
    Product.objects.filter(slug__in=["thing-1", "thing-2"]).update(category=other)
    results = client.get("/api/v1/products/thing-1/similar/").json()["results"]
    assert [(each["group"], each["product"]["slug"]) for each in results[:1]] == [("same_kind", "thing-2")]
    assert {each["group"] for each in results[1:]} <= {"other_kind"}


def test_similar_products_of_a_hidden_product_are_not_found(client: Client) -> None:
    Product.objects.filter(slug="thing-3").update(status="draft")
    response = client.get("/api/v1/products/thing-3/similar/")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_recommendations_leave_out_viewed_products(client: Client) -> None:
    response = client.get("/api/v1/recommendations/", {"viewed": ["thing-1", "thing-2", "gone"], "limit": "3"})
    assert response.status_code == 200
    assert len(slugs(response)) == 3
    assert not {"thing-1", "thing-2"} & set(slugs(response))


def test_recommendations_without_a_history_are_empty(client: Client) -> None:
    assert slugs(client.get("/api/v1/recommendations/")) == []
    too_many = client.get("/api/v1/recommendations/", {"viewed": ["thing-1"] * 21})
    assert (too_many.status_code, too_many.json()["code"]) == (400, "too_many_viewed")


def test_schema_describes_the_endpoints(client: Client) -> None:
    schema = client.get("/api/schema/", {"format": "json"}).json()
    photo = schema["paths"]["/api/v1/search/photo/"]["post"]
    assert list(photo["requestBody"]["content"]) == ["multipart/form-data"]
    assert set(photo["responses"]) >= {"200", "400", "409", "411", "413", "415", "429", "503"}
    fields = schema["components"]["schemas"]["Photo"]["properties"]
    assert {"photo", "vector", "network"} <= set(fields)
    assert schema["paths"]["/api/v1/search/photo/network/"]["get"]["responses"]["200"]
    viewed = schema["paths"]["/api/v1/recommendations/"]["get"]["parameters"]
    assert {parameter["name"] for parameter in viewed} == {"viewed", "limit"}
    assert schema["paths"]["/api/v1/products/{slug}/similar/"]["get"]["responses"]["200"]


@pytest.mark.parametrize("count", [3, 30])
def test_endpoints_need_few_queries(
    client: Client, network: Network, count: int, django_assert_max_num_queries: Any
) -> None:
    index.refresh([ImageFactory(data=pattern(100 + n)).pk for n in range(count)], network)
    search(client)  # this process reads the network, the categories and the filters
    with django_assert_max_num_queries(8):
        search(client, limit="100")
    with django_assert_max_num_queries(4):
        client.get("/api/v1/products/thing-1/similar/", {"limit": "100"})
    with django_assert_max_num_queries(4):
        client.get("/api/v1/recommendations/", {"viewed": ["thing-1", "thing-2"], "limit": "100"})
