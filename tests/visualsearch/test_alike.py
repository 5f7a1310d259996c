"""Look-alikes stay in kind, end where likeness ends, and are in stock if they can be."""

from collections.abc import Sequence

import numpy as np
import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Category, Product, ProductQuerySet
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from visualsearch.alike import CLEAR, FAINT, TINY, look_alikes
from visualsearch.models import ImageEmbedding, Network
from visualsearch.search import Result

pytestmark = pytest.mark.django_db


def visible() -> ProductQuerySet:
    return Product.objects.visible(timezone.now())


def add(network: Network, title: str, category: Category, cosine: float, **fields: object) -> Product:
    """Add a product whose picture has this cosine to that of a product added with 1."""
    product = ProductFactory(title=title, category=category, **fields)
    image = ImageFactory(product=product)
    vector = np.zeros(network.dimensions)
    vector[:2] = cosine, np.sqrt(1 - cosine**2)
    ImageEmbedding.objects.create(image=image, network=network, vector=vector.tolist(), image_sha256=image.sha256)
    return product


def titles(results: Sequence[Result]) -> list[str]:
    return [result.product.title for result in results]


@pytest.fixture
def mugs() -> Category:
    return CategoryFactory(name="Mugs", parent=CategoryFactory(name="Kitchen"))


@pytest.fixture
def chairs() -> Category:
    return CategoryFactory(name="Chairs", parent=CategoryFactory(name="Furniture"))


@pytest.fixture
def mug(network: Network, mugs: Category) -> Product:
    return add(network, "Mug", mugs, 1)


def test_own_category_comes_before_nearer_products_of_others(
    network: Network, mug: Product, mugs: Category, chairs: Category
) -> None:
    for number in range(TINY):
        add(network, f"Mug {number}", mugs, 0.7 - number / 10)
    add(network, "Chair", chairs, 0.9)
    found = look_alikes(mug, visible(), 8, 4)
    assert titles(found.same_kind) == ["Mug 0", "Mug 1", "Mug 2", "Mug 3"]
    assert titles(found.other_kinds) == ["Chair"]


def test_subcategories_are_of_the_same_kind(network: Network, mug: Product, mugs: Category) -> None:
    add(network, "Espresso cup", CategoryFactory(name="Espresso cups", parent=mugs), 0.5)
    assert titles(look_alikes(mug, visible(), 8).same_kind) == ["Espresso cup"]


def test_likeness_ends_sooner_in_other_categories(
    network: Network, mug: Product, mugs: Category, chairs: Category
) -> None:
    threshold = network.card["match_threshold"]
    add(network, "Faint mug", mugs, FAINT * threshold + 0.02)
    add(network, "Strange mug", mugs, FAINT * threshold - 0.02)
    add(network, "Clear chair", chairs, CLEAR * threshold + 0.02)
    add(network, "Faint chair", chairs, CLEAR * threshold - 0.02)
    found = look_alikes(mug, visible(), 8, 4)
    assert (titles(found.same_kind), titles(found.other_kinds)) == (["Faint mug"], ["Clear chair"])


def test_sold_out_products_come_last_and_only_fill_up(
    network: Network, mug: Product, mugs: Category, chairs: Category
) -> None:
    add(network, "Sold out", mugs, 0.95, stock=0)
    add(network, "In stock", mugs, 0.5)
    add(network, "Sold-out chair", chairs, 0.95, stock=0)
    assert titles(look_alikes(mug, visible(), 2, 4).same_kind) == ["In stock", "Sold out"]
    assert titles(look_alikes(mug, visible(), 1, 4).same_kind) == ["In stock"]
    assert titles(look_alikes(mug, visible(), 1, 4).other_kinds) == []


def test_family_members_are_no_look_alikes(network: Network, mugs: Category, chairs: Category) -> None:
    blue = add(network, "Mug, blue", mugs, 1, family="mug")
    add(network, "Mug, red", mugs, 0.9, family="mug")
    add(network, "Mug chair", chairs, 0.9, family="mug")
    add(network, "Other mug", mugs, 0.8, family="other")
    found = look_alikes(blue, visible(), 8, 4)
    assert (titles(found.same_kind), titles(found.other_kinds)) == (["Other mug"], [])


def test_tiny_category_is_filled_from_its_parent(
    network: Network, mug: Product, mugs: Category, chairs: Category
) -> None:
    add(network, "Only mug", mugs, 0.6)
    bowls = CategoryFactory(name="Bowls", parent=Category.objects.get(name="Kitchen"))
    for number in range(TINY):
        add(network, f"Bowl {number}", bowls, 0.7 - number / 100)
        add(network, f"Chair {number}", chairs, 0.9 - number / 100)
    found = look_alikes(mug, visible(), 8, 8)
    assert titles(found.same_kind) == ["Only mug", "Bowl 0", "Bowl 1", "Bowl 2"]
    assert titles(found.other_kinds) == ["Chair 0", "Chair 1", "Chair 2", "Chair 3", "Bowl 3"]


def test_substitutes_are_of_the_kind_in_stock_and_in_the_price_band(
    network: Network, mugs: Category, chairs: Category
) -> None:
    gone = add(network, "Gone", mugs, 1, stock=0, price="20.00", family="mug")
    add(network, "Gone too", mugs, 0.95, stock=0, price="20.00")
    add(network, "Dear", mugs, 0.9, price="31.00")
    add(network, "Cheap", mugs, 0.9, price="12.00")
    add(network, "Chair", chairs, 0.9, price="20.00")
    add(network, "Other colour", mugs, 0.6, price="20.00", family="mug")
    add(network, "Right", mugs, 0.8, price="22.00")
    found = look_alikes(gone, visible(), 8, 4, substitutes=4)
    assert titles(found.substitutes) == ["Right", "Other colour"]
    assert "Right" not in titles(found.same_kind)
    gone.variants.update(on_hand=1)
    gone.refresh_from_db()
    assert look_alikes(gone, visible(), 8, 4, substitutes=4).substitutes == []


def test_look_alikes_need_three_queries(
    network: Network, mug: Product, mugs: Category, chairs: Category,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for number in range(9):
        add(network, f"Mug {number}", mugs, 0.7)
        add(network, f"Chair {number}", chairs, 0.7)
    mug = Product.objects.select_related("category").get(pk=mug.pk)
    with django_assert_num_queries(3):
        found = look_alikes(mug, visible(), 8, 4)
        assert all(each.product.cover and each.product.category.name for each in found.same_kind)
    assert (len(found.same_kind), len(found.other_kinds)) == (8, 4)
