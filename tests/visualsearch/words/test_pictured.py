"""Products found by what their pictures show."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Product, ProductQuerySet
from catalog.search import refresh_keywords
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.words.shop import picture_of, stock_the_shop
from visualsearch import index
from visualsearch.models import Network
from visualsearch.pictured import find_pictured, is_offered

pytestmark = pytest.mark.django_db
ADDRESS = "/search/pictured/"
API = "/api/v1/search/pictured/"


@pytest.fixture
def nameless(network: Network) -> Product:
    """A blue plate whose text says nothing, in a shop of plates, rugs and crosses."""
    stock_the_shop(network)
    product = ProductFactory(title="Number 4711", category=CategoryFactory(name="Arrivals"))
    index.refresh([ImageFactory(product=product, data=picture_of("circle", "blue", 7)).pk], network)
    return product


def visible() -> ProductQuerySet:
    return Product.objects.visible(timezone.now())


@pytest.mark.parametrize("words", ["plates", "blue", "a blue plate"])
def test_a_product_without_a_text_is_found_by_its_picture(nameless: Product, words: str) -> None:
    found = find_pictured(words, visible(), 12)
    assert [result.product for result in found] == [nameless]
    assert found[0].image == nameless.images.get()


@pytest.mark.parametrize("words", ["rugs", "red", "red plate", "blue rug", "sneakers", "blue sneakers", "", "!!!"])
def test_pictures_of_something_else_are_not_found(nameless: Product, words: str) -> None:
    assert find_pictured(words, visible(), 12) == []


def test_what_the_text_says_is_not_found_again(nameless: Product) -> None:
    nameless.title = "Blue plate"
    nameless.save()
    refresh_keywords([nameless.pk])
    assert find_pictured("blue plate", visible(), 12) == []


def test_a_text_that_says_something_else_is_believed(nameless: Product) -> None:
    nameless.category = Product.objects.filter(category__name="Rugs")[0].category
    nameless.save()
    refresh_keywords([nameless.pk])
    assert find_pictured("plates", visible(), 12) == []
    assert [result.product for result in find_pictured("blue", visible(), 12)] == [nameless]


def test_hidden_products_are_not_found(nameless: Product) -> None:
    Product.objects.filter(pk=nameless.pk).update(status=Product.Status.DRAFT)
    assert find_pictured("plates", visible(), 12) == []


def test_filters_narrow_what_pictures_find(client: Client, nameless: Product) -> None:
    assert "Number 4711" in client.get(ADDRESS, {"q": "plates", "max_price": "10"}).content.decode()
    assert "Number 4711" not in client.get(ADDRESS, {"q": "plates", "max_price": "9"}).content.decode()
    assert "Number 4711" not in client.get(ADDRESS, {"q": "plates", "max_price": "nine"}).content.decode()


def test_search_page_offers_pictures_without_a_query_of_its_own(
    client: Client, nameless: Product, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = client.get("/search/", {"q": "plates"}).content.decode()
    assert f'hx-get="{ADDRESS}?q=plates"' in page
    assert f'href="{ADDRESS}?q=plates"' in page
    with django_assert_num_queries(0):
        assert is_offered("plates")


def test_search_page_offers_no_pictures_of_unknown_words(client: Client, nameless: Product) -> None:
    assert ADDRESS not in client.get("/search/", {"q": "sneakers"}).content.decode()


def test_part_for_the_search_page_has_no_page_around_it(client: Client, nameless: Product) -> None:
    part = client.get(ADDRESS, {"q": "plates"}, HTTP_HX_REQUEST="true").content.decode()
    assert "Number 4711" in part
    assert "<html" not in part
    page = client.get(ADDRESS, {"q": "plates"})
    assert "<html" in page.content.decode()
    assert "HX-Request" in page.headers["Vary"]


@pytest.mark.parametrize("words", ["", "\0", "x" * 10_000, "<script>", "' OR 1=1"])
def test_hostile_words_find_nothing(client: Client, network: Network, words: str) -> None:
    response = client.get(ADDRESS, {"q": words})
    assert response.status_code in (200, 400)
    assert "<script>" not in response.content.decode().split("<main")[-1].split("</main")[0]


@pytest.mark.parametrize(("words", "number"), [("plate under 20", 1), ("plate under 5", 0), ("plate on sale", 0)])
def test_prices_of_a_query_narrow_what_pictures_find(nameless: Product, words: str, number: int) -> None:
    assert len(find_pictured(words, visible(), 12)) == number


def test_api_returns_what_the_page_shows(client: Client, nameless: Product) -> None:
    image = nameless.images.get()
    [result] = client.get(API, {"q": "blue plate"}).json()["results"]
    assert set(result) == {"product", "score", "image"}
    assert result["product"]["slug"] == nameless.slug
    assert result["image"]["alt"] == image.alt
    assert client.get(API, {"q": "sneakers"}).json() == {"results": []}
    assert client.get(API).json() == {"results": []}


def test_api_narrows_and_limits_what_pictures_find(client: Client, nameless: Product, network: Network) -> None:
    twin = ProductFactory(title="Number 4712", category=nameless.category)
    index.refresh([ImageFactory(product=twin, data=picture_of("circle", "blue", 8)).pk], network)
    assert len(client.get(API, {"q": "plates"}).json()["results"]) == 2
    assert len(client.get(API, {"q": "plates", "limit": "1"}).json()["results"]) == 1
    assert client.get(API, {"q": "plates", "max_price": "9"}).json()["results"] == []


@pytest.mark.parametrize(
    ("query", "code"), [({"limit": "0"}, "invalid_limit"), ({"max_price": "nine"}, "invalid_filter")]
)
def test_api_refuses_invalid_input(client: Client, network: Network, query: dict[str, str], code: str) -> None:
    response = client.get(API, {"q": "plates", **query})
    assert (response.status_code, response.json()["code"]) == (400, code)
