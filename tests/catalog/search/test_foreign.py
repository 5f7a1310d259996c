"""Everyday words find what a shop sells that is not the demo: its categories have names of their own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.cache import caches
from django.db import transaction

from catalog.models import Category, Product
from catalog.search import count_words, find
from catalog.search.starter.loading import load_starter_set
from tests.factories import CategoryFactory, ProductFactory

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TREE = {
    "Topwear": {"Tshirts": "T-Shirt", "Shirts": "Shirt", "Sweatshirts": "Sweatshirt", "Sweaters": "Sweater"},
    "Bottomwear": {"Jeans": "Jeans", "Track Pants": "Track Pants", "Trousers": "Trousers", "Skirts": "Skirt"},
    "Dress": {"Dresses": "Dress", "Jumpsuits": "Jumpsuit"},
    "Shoes": {"Casual Shoes": "Shoes", "Sports Shoes": "Shoes", "Formal Shoes": "Shoes", "Heels": "Heels"},
    "Bags": {"Handbags": "Handbag", "Backpacks": "Backpack", "Trolley Bags": "Trolley Bag", "Wallets": "Wallet"},
    "Wear": {"Jackets": "Jacket", "Innerwear Vests": "Vest", "Watches": "Watch", "Rings": "Ring", "Gloves": "Gloves"},
    "Formal": {"Blazers": "Blazer", "Night suits": "Night Suit"},
    "Things": {
        "Airplanes": "Airplane",
        "Electric Guitars": "Electric Guitar",
        "Ferries": "Ferry",
        "Headphones": "Headphones",
    },
}
SHOES = {"Casual Shoes", "Sports Shoes", "Formal Shoes"}
ASKED: list[tuple[str, set[str]]] = [
    ("sneakers", {"Casual Shoes", "Sports Shoes"}),
    ("snekers", {"Casual Shoes", "Sports Shoes"}),
    ("loafers", SHOES),
    ("ankle boots", SHOES),
    ("Stiefel", SHOES),
    ("rote Schuhe", {*SHOES, "Heels"}),
    ("chaussures", {*SHOES, "Heels"}),
    ("tee", {"Tshirts"}),
    ("graphic tee", {"Tshirts"}),
    ("hoodie", {"Sweatshirts", "Jackets"}),
    ("hoddie", {"Sweatshirts", "Jackets"}),
    ("jumper", {"Sweaters", "Sweatshirts"}),
    ("joggers", {"Track Pants", "Trousers"}),
    ("red dress", {"Dresses"}),
    ("Kleid", {"Dresses"}),
    ("robe rouge", {"Dresses"}),
    ("veste", {"Jackets"}),
    ("purse", {"Handbags", "Wallets"}),
    ("sac", {"Handbags"}),
    ("rucksack", {"Backpacks"}),
    ("suitcase", {"Trolley Bags"}),
    ("blue ring", {"Rings"}),
    ("jaket", {"Jackets"}),
    ("keep my hands warm", {"Gloves"}),
    ("mens suit", {"Blazers"}),
    ("night suit", {"Night suits"}),
    ("plane", {"Airplanes"}),
    ("Flugzeug", {"Airplanes"}),
    ("musical instrument", {"Electric Guitars"}),
    ("guitar", {"Electric Guitars"}),
    ("boat", {"Ferries"}),
    ("bateau", {"Ferries"}),
    ("earphones", {"Headphones"}),
    ("bicycle", set()),
    ("fridge", set()),
    ("sofa", set()),
    ("frying pan", set()),
    ("pillow", set()),
]


pytestmark = pytest.mark.django_db  # without it, these tests alone would use the shop's own database


@pytest.fixture(scope="module", autouse=True)
def _shop(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        load_starter_set()
        for parent, kinds in TREE.items():
            above = CategoryFactory(name=parent)
            for kind, thing in kinds.items():
                _stock(CategoryFactory(name=kind, parent=above), kind, thing)
        caches["local"].clear()
        count_words(NOW, force=True)
        yield
        transaction.set_rollback(True)
    caches["local"].clear()


def _stock(category: Category, kind: str, thing: str) -> None:
    for colour in ("Red", "Blue", "Black", "White"):
        title = f"Fell {colour} {thing}"
        slug = f"{kind} {colour}".lower().replace(" ", "-")
        ProductFactory(title=title, slug=slug, category=category, attributes={"colour": colour, "usage": "Casual"})


@pytest.mark.parametrize(("query", "kinds"), ASKED, ids=[query for query, _kinds in ASKED])
def test_everyday_words_find_the_kind_first(query: str, kinds: set[str]) -> None:
    first = find(Product.objects.visible(NOW), query).products.select_related("category")[: 4 if kinds else 1]
    found = {product.category.name for product in first if product.category}
    assert found <= kinds if kinds else not found
    assert bool(found) == bool(kinds)


def test_a_product_of_the_kind_comes_before_another_kind_in_the_right_colour() -> None:
    found = find(Product.objects.visible(NOW), "black handbag").products.select_related("category")
    assert [product.category and product.category.name for product in found[:4]] == ["Handbags"] * 4
