"""JSON-LD of product and list pages."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from catalog.pictures.services import make_renditions
from tests.factories import CategoryFactory, ImageFactory, ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db


def blocks(client: Client, address: str) -> dict[str, dict[str, Any]]:
    """Return the JSON-LD blocks of a page by type."""
    html = client.get(address).content.decode()
    found = [
        json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
    ]
    return {block["@type"]: block for block in found}


def test_product_data_has_price_and_availability_of_each_variant(client: Client) -> None:
    product = ProductFactory(title="Halden mug", slug="halden-mug", brand="Halden", price="24.00", stock=3)
    VariantFactory(product=product, sku="MUG-L", price_amount="30.00", on_hand=0)
    image = ImageFactory(product=product)
    make_renditions(image)
    image.refresh_from_db()
    data = blocks(client, "/products/halden-mug/")["Product"]
    assert (data["name"], data["brand"]["name"]) == ("Halden mug", "Halden")
    assert data["image"] == [f"http://testserver{image.largest_url}"]
    assert [(offer["price"], offer["priceCurrency"], offer["availability"]) for offer in data["offers"]] == [
        ("24.00", "EUR", "https://schema.org/InStock"),
        ("30.00", "EUR", "https://schema.org/OutOfStock"),
    ]


def test_product_page_has_breadcrumb_data(client: Client) -> None:
    kitchen = CategoryFactory(name="Kitchen")
    ProductFactory(title="Halden mug", slug="halden-mug", category=CategoryFactory(name="Mugs", parent=kitchen))
    items = blocks(client, "/products/halden-mug/")["BreadcrumbList"]["itemListElement"]
    assert [item["name"] for item in items] == ["Home", "Kitchen", "Mugs", "Halden mug"]
    assert items[1]["item"] == "http://testserver/products/?category=kitchen"
    assert items[3]["item"] == "http://testserver/products/halden-mug/"


def test_title_cannot_close_the_script_element(client: Client) -> None:
    title = "</script><script>alert(1)</script>"
    ProductFactory(title=title, slug="mallory")
    assert "<script>alert" not in client.get("/products/mallory/").content.decode()
    assert blocks(client, "/products/mallory/")["Product"]["name"] == title
