"""Look-alikes on the product page."""

from typing import Any

import pytest
from django.test import Client

from catalog.models import Product
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import Network

pytestmark = pytest.mark.django_db
MOST_QUERIES = 8


def shelf(page: str, name: str) -> str:
    """Return the part of the page below a heading, up to the next one."""
    return page.partition(f">{name}</h2>")[2].partition("<h2")[0]


@pytest.mark.parametrize("count", [3, 30])
def test_product_page_shows_look_alikes(
    client: Client, network: Network, count: int, django_assert_max_num_queries: Any
) -> None:
    things = CategoryFactory(name="Things")
    products = [ProductFactory(title=f"Thing {n}", category=things) for n in range(count)]
    index.refresh([ImageFactory(product=each, data=pattern(n)).pk for n, each in enumerate(products)], network)
    client.get("/products/thing-1/")
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get("/products/thing-1/").content.decode()
    assert 2 <= shelf(page, "Looks alike").count('class="card-link"') <= min(8, count - 1)
    assert "Looks alike in other categories" not in page


def test_product_page_separates_other_categories(client: Client, network: Network) -> None:
    mugs, vases = CategoryFactory(name="Mugs"), CategoryFactory(name="Vases")
    mug, other = (ProductFactory(title=title, category=mugs) for title in ("Mug", "Other mug"))
    vase = ProductFactory(title="Vase", category=vases)
    pictures = [ImageFactory(product=each, data=pattern(1)).pk for each in (mug, vase)]
    index.refresh([*pictures, ImageFactory(product=other, data=pattern(1, again=True)).pk], network)
    page = client.get("/products/mug/").content.decode()
    assert "Other mug" in shelf(page, "Looks alike")
    assert "Vase" not in shelf(page, "Looks alike")
    assert "Vase" in shelf(page, "Looks alike in other categories")


def test_sold_out_product_page_offers_a_substitute_before_the_waitlist(client: Client, network: Network) -> None:
    mugs = CategoryFactory(name="Mugs")
    mug = ProductFactory(title="Mug", category=mugs, stock=0)
    pictures = [ImageFactory(product=mug, data=pattern(1)).pk]
    for title, price in (("Same price", "11.00"), ("Dear", "90.00")):
        product = ProductFactory(title=title, category=mugs, price=price)
        pictures.append(ImageFactory(product=product, data=pattern(1)).pk)
    index.refresh(pictures, network)
    page = client.get("/products/mug/").content.decode()
    assert page.index("Looks like it and is in stock") < page.index("Get notified when it is back")
    assert "Same price" in shelf(page, "Looks like it and is in stock")
    assert "Dear" not in shelf(page, "Looks like it and is in stock")
    assert "Dear" in shelf(page, "Looks alike")
    assert "Same price" not in shelf(page, "Looks alike")
    Product.objects.get(slug="mug").variants.update(on_hand=3)
    assert "Looks like it and is in stock" not in client.get("/products/mug/").content.decode()


def test_product_without_a_picture_has_no_look_alikes(client: Client, network: Network) -> None:
    ProductFactory(title="Thing 1")
    page = client.get("/products/thing-1/").content.decode()
    assert "Thing 1" in page
    assert "Looks alike" not in page
