"""A photo of something that the shop does not sell is named: on the page, in the API, and for staff."""

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from catalog.models import Category, Product
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.likely_kind import likely_kind
from visualsearch.models import Network
from visualsearch.networks import loading
from visualsearch.suggestions import accept, suggest

pytestmark = pytest.mark.django_db
PHOTOS = settings.BASE_DIR / "demo" / "photos"
LAPTOP, TEAPOT = "145.jpg", "01.jpg"
PAGE, API = "/search/photo/", "/api/v1/search/photo/"


def sent(name: str) -> dict[str, SimpleUploadedFile]:
    return {"photo": SimpleUploadedFile(name, (PHOTOS / name).read_bytes(), "image/jpeg")}


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def sell(network: Network, data: bytes, **fields: Any) -> Product:
    product = ProductFactory(**fields)
    index.refresh([ImageFactory(product=product, data=data).pk], network)
    return product


def test_empty_shop_names_what_a_photo_shows(client: Client, network: Network) -> None:
    page = words(client.post(PAGE, sent(LAPTOP)))
    assert "This looks like a laptop." in page
    assert "These products come closest" not in page


def test_shop_that_sells_nothing_like_it_names_it_too(client: Client, network: Network) -> None:
    sell(network, pattern(1))
    page = words(client.post(PAGE, sent(LAPTOP)))
    assert "This looks like a laptop. These products come closest." in page


def test_category_of_that_name_is_offered(client: Client, network: Network) -> None:
    category = CategoryFactory(name="laptops")
    response = client.post(PAGE, sent(LAPTOP))
    assert response.context["kind_category"] == category
    assert f'<a href="{category.get_absolute_url()}"> See all laptops </a>' in words(response)


def test_what_is_sold_is_not_named(client: Client, network: Network) -> None:
    sell(network, (PHOTOS / LAPTOP).read_bytes())
    assert "This looks like" not in words(client.post(PAGE, sent(LAPTOP)))
    assert client.post(API, sent(LAPTOP)).json()["kind"] is None


def test_unclear_photo_is_not_named(client: Client, network: Network) -> None:
    noise = {"photo": SimpleUploadedFile("p.jpg", pattern(3), "image/jpeg")}
    assert "This looks like" not in words(client.post(PAGE, noise))


def test_vectors_of_another_network_are_not_named(network: Network) -> None:
    vector = loading.embedder(network).embed([(PHOTOS / LAPTOP).read_bytes()])[0]
    assert likely_kind(vector, network)
    network.sha256 = "1" * 64
    assert likely_kind(vector, network) is None


def test_api_names_the_kind_with_its_probability(client: Client, network: Network) -> None:
    kind = client.post(API, sent(LAPTOP)).json()["kind"]
    assert (kind["kind"], kind["name"]) == ("laptop", "a laptop")
    assert 0.7 <= kind["probability"] <= 1


@pytest.fixture
def teapot(network: Network) -> Product:
    """Create a draft with a photo of a teapot, in a shop that sells only things of another kind."""
    sell(network, pattern(1), category=CategoryFactory(name="Rugs"))
    return sell(network, (PHOTOS / TEAPOT).read_bytes(), category=CategoryFactory(name="Unsorted"), status="draft")


def test_kind_is_suggested_for_a_product_like_no_other(teapot: Product) -> None:
    teapots = CategoryFactory(name="Teapots", parent=CategoryFactory(name="Kitchen"))
    found = suggest(teapot, Product.objects.visible(timezone.now()))
    assert found
    assert found.kind is not None
    assert (found.kind.kind.name, found.kind.category) == ("teapot", teapots)
    assert found.category is None, "what the rugs vote for is no suggestion"
    assert accept(teapot, found.kind.category, []) == ["Teapots"]
    assert suggest(Product.objects.get(pk=teapot.pk), Product.objects.visible(timezone.now())).kind is None


def test_kind_without_a_category_is_offered_as_a_new_one(admin_client: Client, teapot: Product) -> None:
    page = words(admin_client.get(f"/admin/catalog/product/{teapot.pk}/change/"))
    assert "This looks like a teapot, and like no other product of the shop." in page
    assert "/admin/catalog/category/add/?name=Teapots" in page
    form = words(admin_client.get("/admin/catalog/category/add/?name=Teapots"))
    assert 'value="Teapots"' in form


def test_kind_with_a_category_is_accepted_by_a_button(admin_client: Client, teapot: Product) -> None:
    teapots: Category = CategoryFactory(name="Teapots")
    page = words(admin_client.get(f"/admin/catalog/product/{teapot.pk}/change/"))
    assert f'<button class="button" name="category" value="{teapots.pk}"> Accept Teapots </button>' in page
    assert "category/add/?name=" not in page
