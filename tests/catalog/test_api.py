"""The API: fields, pagination, filters and errors."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Product, SearchTally
from catalog.pictures.services import make_renditions
from catalog.search import count_words
from tests.conftest import picture
from tests.factories import CategoryFactory, ImageFactory, ProductFactory

pytestmark = pytest.mark.django_db


def lantern(**kwargs: Any) -> Product:
    category = CategoryFactory(name="Lamps", parent=CategoryFactory(name="Home"))
    return ProductFactory(
        title="Lantern", brand="Lux", category=category, price="24.00", regular_price="30.00", sku="L-1",
        attributes={"colour": "Red"}, **kwargs,
    )  # fmt: skip


def test_product_has_the_documented_fields(client: Client) -> None:
    image = ImageFactory(product=lantern(), data=picture(400, 200), alt="A red lantern")
    make_renditions(image)
    expected = {
        "slug": "lantern",
        "title": "Lantern",
        "url": "http://testserver/products/lantern/",
        "brand": "Lux",
        "category": "lamps",
        "price": "24.00",
        "compare_at_price": "30.00",
        "currency": "EUR",
        "in_stock": True,
        "image": {
            "url": f"http://testserver{image.rendition_url(320, 'jpg')}",
            "width": 320,
            "height": 160,
            "alt": "A red lantern",
        },
    }
    listed = client.get("/api/v1/products/").json()
    assert {key: listed[key] for key in ("count", "next", "previous", "results")} == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [expected],
    }
    detail = client.get("/api/v1/products/lantern/").json()
    assert {key: detail[key] for key in expected} == expected
    assert detail["variants"] == [
        {"sku": "L-1", "options": {}, "price": "24.00", "compare_at_price": "30.00", "in_stock": True}
    ]
    assert detail["attributes"] == {"colour": ["Red"]}
    assert len(detail["images"]) == 1


def test_product_without_picture_and_variant_has_nulls(client: Client) -> None:
    ProductFactory(title="Bare", price=None)
    (product,) = client.get("/api/v1/products/").json()["results"]
    assert (product["image"], product["price"], product["compare_at_price"]) == (None, None, None)
    assert product["in_stock"] is False


def test_product_shows_the_upload_until_it_has_renditions(client: Client) -> None:
    image = ImageFactory(data=picture(400, 200))
    (product,) = client.get("/api/v1/products/").json()["results"]
    assert product["image"]["url"].endswith(f"/pictures/{image.sha256}/")
    assert (product["image"]["width"], product["image"]["height"]) == (400, 200)


def test_drafts_are_hidden(client: Client) -> None:
    lantern(status=Product.Status.DRAFT)
    assert client.get("/api/v1/products/").json()["count"] == 0
    assert client.get("/api/v1/products/lantern/").status_code == 404
    assert client.get("/api/v1/search/?q=lantern").json()["count"] == 0
    assert client.get("/api/v1/search/suggest/?q=lant").json()["results"] == []


def test_categories_name_their_parent(client: Client) -> None:
    lantern()
    results = client.get("/api/v1/categories/").json()["results"]
    assert [(each["slug"], each["parent"]) for each in results] == [("home", None), ("lamps", "home")]
    one = client.get("/api/v1/categories/lamps/").json()
    assert (one["name"], one["url"]) == ("Lamps", "http://testserver/products/?category=lamps")


@pytest.mark.parametrize("call", ["products/?", "search/?q=thing&"])
def test_lists_are_filtered_sorted_and_paginated(client: Client, call: str) -> None:
    category = CategoryFactory(slug="things")
    for number in range(30):
        ProductFactory(title=f"Thing {number}", price=f"{number}.00", category=category)
    address = f"/api/v1/{call}category=things&min_price=2&sort=price"
    first = client.get(address).json()
    assert (first["count"], len(first["results"]), first["previous"]) == (28, 24, None)
    assert first["results"][0]["price"] == "2.00"
    second = client.get(first["next"]).json()
    assert [product["price"] for product in second["results"]] == ["26.00", "27.00", "28.00", "29.00"]
    assert second["next"] is None
    assert client.get(second["previous"]).json()["results"] == first["results"]
    for page in ("3", "0", "x", "9" * 30):
        response = client.get(f"{address}&page={page}")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("call", ["products/?", "search/?q=lantern&"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("min_price=cheap", "min_price"),
        ("min_price=9&max_price=1", "min_price"),
        ("category=nowhere", "category"),
        ("colour=mauve", "colour"),
        ("sort=random", "sort"),
        ("in_stock=perhaps", "in_stock"),
    ],
)
def test_invalid_filter_is_an_error_with_a_code(client: Client, call: str, query: str, field: str) -> None:
    lantern()
    response = client.get(f"/api/v1/{call}{query}")
    answer = response.json()
    assert (response.status_code, answer["code"]) == (400, "invalid_filter")
    assert list(answer["fields"]) == [field]
    assert answer["detail"] == answer["fields"][field][0]


def test_search_returns_facets_and_corrects_spelling(client: Client) -> None:
    lantern()
    count_words(timezone.now())
    answer = client.get("/api/v1/search/?q=lantren").json()
    assert answer["corrected_query"] == "lantern"
    assert [product["slug"] for product in answer["results"]] == ["lantern"]
    assert answer["facets"] == [
        {
            "name": "Colour",
            "slug": "colour",
            "values": [{"label": "Red", "slug": "red", "count": 1, "chosen": False}],
        }
    ]
    assert client.get("/api/v1/search/?q=lantern").json()["corrected_query"] is None


def test_search_without_words_finds_nothing(client: Client) -> None:
    lantern()
    assert client.get("/api/v1/search/").json()["results"] == []


def test_suggest_offers_searches_categories_and_products(client: Client) -> None:
    image = ImageFactory(product=lantern(), data=picture(400, 200))
    make_renditions(image)
    for ago in range(3):
        SearchTally.objects.create(
            day=timezone.localdate() - timedelta(ago), kind="words", words="lamp", searches=2, unanswered=0
        )
    answer = client.get("/api/v1/search/suggest/?q=la")
    nothing = {"image": None, "price": None, "currency": None}
    shown = {
        "url": f"http://testserver{image.rendition_url(160, 'jpg')}",
        "width": 160,
        "height": 80,
        "alt": image.alt,
    }
    assert answer.json() == {
        "results": [
            {"kind": "query", "title": "lamp", "url": "http://testserver/search/?q=lamp", **nothing},
            {"kind": "category", "title": "Lamps", "url": "http://testserver/products/?category=lamps", **nothing},
            {
                "kind": "product", "title": "Lantern", "url": "http://testserver/products/lantern/",
                "image": shown, "price": "24.00", "currency": "EUR",
            },
        ]
    }  # fmt: skip
    assert answer.headers["Cache-Control"] == "max-age=60"


@pytest.mark.parametrize("number", [3, 30])
@pytest.mark.parametrize(
    "call", ["products/", "products/thing-0/", "categories/", "search/?q=thing", "search/suggest/?q=thing"]
)
def test_api_needs_few_queries_for_any_number_of_products(
    client: Client, django_assert_max_num_queries: Callable[..., Any], call: str, number: int
) -> None:
    for index in range(number):
        ImageFactory(product=ProductFactory(title=f"Thing {index}", attributes={"colour": f"Colour {index}"}))
    client.get("/api/v1/search/?q=warm")  # the first search of a process loads its words
    with django_assert_max_num_queries(10):
        assert client.get(f"/api/v1/{call}").status_code == 200


@pytest.mark.parametrize("call", ["products/", "categories/", "search/", "search/suggest/"])
def test_api_rejects_post_requests(client: Client, call: str) -> None:
    response = client.post(f"/api/v1/{call}", {})
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("call", ["products/nothing/", "categories/nothing/"])
def test_missing_object_is_an_error_with_a_code(client: Client, call: str) -> None:
    response = client.get(f"/api/v1/{call}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
