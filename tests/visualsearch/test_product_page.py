"""Similar products on the product page."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import Network

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [3, 30])
def test_product_page_shows_similar_products(
    client: Client, network: Network, count: int, django_assert_max_num_queries: Any
) -> None:
    products = [ProductFactory(title=f"Thing {n}") for n in range(count)]
    index.refresh([ImageFactory(product=each, data=pattern(n)).pk for n, each in enumerate(products)], network)
    with django_assert_max_num_queries(10):
        page = client.get("/products/thing-1/").content.decode()
    assert "Similar products" in page
    assert sum(f'/products/thing-{n}/"' in page for n in range(count) if n != 1) == min(8, count - 1)


def test_product_without_a_picture_has_no_similar_products(client: Client, network: Network) -> None:
    ProductFactory(title="Thing 1")
    page = client.get("/products/thing-1/").content.decode()
    assert "Thing 1" in page
    assert "Similar products" not in page
