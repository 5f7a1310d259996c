"""Searches with products instead of a photo, and products to search towards and away from."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.throttling import ScopedRateThrottle

from catalog.models import Category, Product
from catalog.search import refresh_keywords
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.test_pages import titles, upload
from visualsearch import colour_index, index
from visualsearch.models import Network

pytestmark = pytest.mark.django_db
URL = "/search/photo/"
API = "/api/v1/search/photo/"
COLOURS = ("blue", "red", "green", "blue", "red", "green")


@pytest.fixture
def things(network: Network) -> list[Product]:
    """Six products of one category, each with a picture of another pattern."""
    category: Category = CategoryFactory(name="Things")
    products = [
        ProductFactory(
            title=f"Thing {number}", price=f"{10 + number}.00", category=category, attributes={"colour": colour}
        )
        for number, colour in enumerate(COLOURS)
    ]
    images = [ImageFactory(product=product, data=pattern(number)) for number, product in enumerate(products)]
    index.refresh([image.pk for image in images], network)
    colour_index.refresh_colours([image.pk for image in images])
    refresh_keywords([product.pk for product in products])
    return products


def shown(client: Client, **query: Any) -> list[str]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return titles(response)


@pytest.mark.usefixtures("things")
def test_page_of_a_product_leaves_it_out(client: Client) -> None:
    response = client.get(URL, {"like": "thing-3"})
    assert set(titles(response)) == {"Thing 0", "Thing 1", "Thing 2", "Thing 4", "Thing 5"}
    assert response.context["like"].title == "Thing 3"
    assert "look=" not in response.content.decode()


@pytest.mark.usefixtures("things")
def test_words_change_what_is_like_a_product(client: Client) -> None:
    response = client.get(URL, {"like": "thing-3", "q": "red"})
    assert set(titles(response)[:2]) == {"Thing 1", "Thing 4"}
    assert response.context["understood"] == [("Red", "?like=thing-3")]


@pytest.mark.parametrize("slug", ["nothing", "thing-5"])
@pytest.mark.usefixtures("things")
def test_hidden_or_unknown_product_is_not_found(client: Client, slug: str) -> None:
    Product.objects.filter(slug="thing-5").update(status="draft")
    for address in (URL, API):
        assert client.get(address, {"like": slug}).status_code == 404


@pytest.mark.usefixtures("things")
def test_less_like_a_product_removes_it_and_lowers_its_neighbours(client: Client) -> None:
    before = shown(client, like="thing-3")
    after = shown(client, like="thing-3", less=["thing-1"])
    assert "Thing 1" in before
    assert "Thing 1" not in after


@pytest.mark.usefixtures("things")
def test_more_like_a_product_raises_it(client: Client) -> None:
    before = shown(client, like="thing-3")
    last = before[-1]
    assert shown(client, like="thing-3", more=[last.lower().replace(" ", "-")]).index(last) < before.index(last)


@pytest.mark.usefixtures("things")
def test_more_alone_is_a_search(client: Client) -> None:
    assert set(shown(client, more=["thing-1", "thing-2"])[:2]) == {"Thing 1", "Thing 2"}


@pytest.mark.usefixtures("things")
def test_photo_results_move_too(client: Client) -> None:
    look = client.post(URL, {"photo": upload(pattern(3, again=True))}).context["look"]
    assert shown(client, look=look)[0] == "Thing 3"
    assert shown(client, look=look, more=["thing-1"], less=["thing-3"])[0] == "Thing 1"


@pytest.mark.usefixtures("things")
def test_examples_are_removable_chips(client: Client) -> None:
    response = client.get(URL, {"like": "thing-3", "more": ["thing-1"], "less": ["thing-2"]})
    chips = [(each.name, each.product.title, each.address) for each in response.context["examples"]]
    assert chips == [
        ("more", "Thing 1", "?like=thing-3&less=thing-2"),
        ("less", "Thing 2", "?like=thing-3&more=thing-1"),
    ]
    page = response.content.decode()
    assert '<input type="hidden" name="more" value="thing-1">' in page
    assert 'name="less" value="thing-4"' in page


@pytest.mark.usefixtures("things")
def test_too_many_examples_are_refused(client: Client) -> None:
    many = [f"thing-{number}" for number in range(11)]
    for address in (URL, API):
        response = client.get(address, {"like": "thing-3", "more": many[:5], "less": many[5:]})
        assert response.status_code == 400
    assert response.json()["code"] == "too_many_examples"


@pytest.mark.parametrize("weight", ["-1", "101", "1.5", "half", "１", "9" * 9])
@pytest.mark.usefixtures("things")
def test_weight_of_the_colour_is_checked(client: Client, weight: str) -> None:
    response = client.get(API, {"like": "thing-3", "by_colour": weight})
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_by_colour"


@pytest.mark.usefixtures("things")
def test_slider_keeps_its_place(client: Client) -> None:
    page = client.get(URL, {"like": "thing-3", "by_colour": "70"}).content.decode()
    assert 'type="range" min="0" max="100" step="10" value="70"' in page


@pytest.mark.usefixtures("things")
def test_changes_offer_other_colours_and_a_lower_price(client: Client) -> None:
    response = client.get(URL, {"like": "thing-3"})
    labels = [label for label, _address in response.context["changes"]]
    assert set(labels) == {"Red", "Green", "Cheaper"}
    addresses = dict(response.context["changes"])
    assert addresses["Red"] == "?like=thing-3&q=red"
    assert set(titles(client.get(URL + addresses["Cheaper"]))) == {"Thing 0", "Thing 1", "Thing 2"}


def test_changes_offer_the_next_larger_size(client: Client, network: Network) -> None:
    category = CategoryFactory(name="Shirts")
    for number, size in enumerate(("S", "XL", "M")):
        shirt = ProductFactory(title=f"Shirt {size}", category=category, attributes={"size": size})
        index.refresh([ImageFactory(product=shirt, data=pattern(number)).pk], network)
    addresses = dict(client.get(URL, {"like": "shirt-s"}).context["changes"])
    assert addresses == {"Larger: M": "?like=shirt-s&size=m"}


def test_changes_offer_more_and_less_of_any_measure(client: Client, network: Network) -> None:
    category = CategoryFactory(name="Shelves")
    for number, width in enumerate(("40 cm", "0.6 m", "25 cm")):
        attributes = {"width": width, "grade": str(number + 1)}
        shelf = ProductFactory(title=f"Shelf {number}", category=category, attributes=attributes)
        index.refresh([ImageFactory(product=shelf, data=pattern(number)).pk], network)
    addresses = dict(client.get(URL, {"like": "shelf-0"}).context["changes"])
    assert addresses == {
        "Larger: Width 0.6 m": "?like=shelf-0&width=06-m",
        "Smaller: Width 25 cm": "?like=shelf-0&width=25-cm",
    }
    assert titles(client.get(URL + addresses["Larger: Width 0.6 m"])) == ["Shelf 1"]
    page = client.get("/products/shelf-0/").content.decode()
    assert "/search/photo/?like=shelf-0&amp;width=25-cm" in page
    assert "grade=" not in page.split("Like this, but")[1].split("</nav>")[0]


@pytest.mark.usefixtures("things")
def test_another_colour_replaces_the_first(client: Client) -> None:
    addresses = dict(client.get(URL, {"like": "thing-3", "q": "red thing"}).context["changes"])
    assert "Red" not in addresses
    assert addresses["Green"] == "?like=thing-3&q=thing+green"


@pytest.mark.usefixtures("things")
def test_product_page_offers_changes(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    client.get("/products/thing-3/")
    with django_assert_max_num_queries(9):
        page = client.get("/products/thing-3/").content.decode()
    assert "/search/photo/?like=thing-3&amp;q=red" in page
    assert "/search/photo/?like=thing-3&amp;max_price=12.99" in page


@pytest.mark.usefixtures("things")
def test_counts_beside_filters_are_those_of_the_results(client: Client) -> None:
    far = CategoryFactory(name="Elsewhere")
    ProductFactory(title="Without picture", category=far, attributes={"colour": "blue"})
    context = client.get(URL, {"like": "thing-3"}).context
    counts = {value.label: value.count for facet in context["facets"] for value in facet.values}
    assert counts == {"blue": 1, "red": 2, "green": 2}
    assert [each.name for each in context["subcategories"]] == ["Things"]
    for label, count in counts.items():
        assert client.get(URL, {"like": "thing-3", "colour": label}).context["result_count"] == count


@pytest.mark.usefixtures("things")
def test_api_finds_what_is_like_a_product(client: Client) -> None:
    answer = client.get(API, {"like": "thing-3", "q": "red", "limit": "2"}).json()
    assert {result["product"]["slug"] for result in answer["results"]} == {"thing-1", "thing-4"}
    assert answer["understood"] == [{"kind": "attribute", "label": "Red", "rest": ""}]


def test_api_search_by_product_is_not_limited_like_photos(
    client: Client, things: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "photo", "1/min")
    assert [client.get(API, {"like": "thing-3"}).status_code for _ in range(3)] == [200, 200, 200]


class TestSeveralPhotos:
    """Up to four photos of one thing are one search."""

    @pytest.mark.usefixtures("things")
    def test_photos_are_averaged(self, client: Client) -> None:
        photos = [upload(pattern(3, again=True)), upload(pattern(3))]
        response = client.post(URL, {"photo": photos})
        assert titles(response)[0] == "Thing 3"
        assert response.context["photo_count"] == 2
        assert (
            client.post(API, {"photo": [upload(pattern(2)), upload(pattern(2, again=True))]}).json()["verdict"]
            == "match"
        )

    def test_more_than_four_are_refused(self, client: Client, network: Network) -> None:
        for address in (URL, API):
            response = client.post(address, {"photo": [upload(pattern(3)) for _ in range(5)]})
            assert response.status_code == 400
        assert response.json() == {"code": "too_many_photos", "detail": "Search with at most 4 photos at a time."}

    def test_crop_of_several_is_refused(self, client: Client, network: Network) -> None:
        photos = [upload(pattern(3)), upload(pattern(4))]
        response = client.post(API, {"photo": photos, "region": "0,0,0.5,0.5"})
        assert (response.status_code, response.json()["code"]) == (400, "region_of_several")

    def test_broken_photo_is_named(self, client: Client, network: Network) -> None:
        whole = pattern(3)
        response = client.post(API, {"photo": [upload(whole), upload(whole[: len(whole) // 4])]})
        assert response.status_code == 400
        assert response.json()["detail"].startswith("Photo 2: ")
