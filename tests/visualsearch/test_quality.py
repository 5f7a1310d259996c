"""Measures of the running shop: the index, and pictures left out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Product
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from visualsearch import index, quality, tasks
from visualsearch.models import CategoryRecall, IndexRecall, Network

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def product(network: Network, category: str, *pictures: bytes) -> Product:
    created = ProductFactory(category=CategoryFactory(name=category))
    images = [ImageFactory(product=created, data=data, position=place) for place, data in enumerate(pictures)]
    index.refresh([image.pk for image in images], network)
    return created


@pytest.fixture
def shop(network: Network) -> Product:
    """A product that its pictures find, one that looks like another product, and one with a single picture."""
    product(network, "Mugs", pattern(1), pattern(1, again=True))
    confused = product(network, "Lamps", pattern(2), pattern(3, again=True))
    product(network, "Vases", pattern(3))
    return confused


def test_pictures_left_out_find_their_product_or_count_against_its_category(shop: Product, network: Network) -> None:
    assert quality.measure_categories(network, NOW) == 2
    rows = CategoryRecall.objects.values_list("category__name", "products", "found_first")
    assert sorted(rows) == [("Lamps", 1, 0), ("Mugs", 1, 1)]


def test_examples_show_what_was_found_instead(shop: Product, network: Network) -> None:
    quality.measure_categories(network, NOW)
    ((searched, found),) = CategoryRecall.objects.get(category__name="Lamps").examples
    assert searched == shop.images.order_by("pk")[1].pk
    assert found == Product.objects.get(category__name="Vases").images.get().pk


def test_categories_are_measured_once_a_day(shop: Product, network: Network) -> None:
    quality.measure_categories(network, NOW)
    assert quality.measure_categories(network, NOW + timedelta(hours=23)) == 0
    assert quality.measure_categories(network, NOW + timedelta(hours=25)) == 2
    assert CategoryRecall.objects.count() == 2


def test_hidden_products_are_not_measured(shop: Product, network: Network) -> None:
    Product.objects.update(status=Product.Status.DRAFT)
    assert quality.measure_categories(network, NOW) == 0
    assert quality.measure_index(network, NOW) is None


def test_the_index_of_a_small_shop_finds_all_neighbours(shop: Product, network: Network) -> None:
    measured = quality.measure_index(network, NOW)
    assert measured is not None
    assert (measured.pictures, measured.mean, measured.worst) == (5, 1.0, 1.0)


def test_the_index_is_measured_once_a_day_and_remembered_for_a_year(shop: Product, network: Network) -> None:
    assert quality.measure_index(network, NOW - timedelta(days=400))
    assert quality.measure_index(network, NOW)
    assert quality.measure_index(network, NOW) is None
    assert quality.measure_index(network, NOW + timedelta(days=1))
    assert IndexRecall.objects.count() == 2


def test_measuring_stops_when_its_time_is_up(shop: Product, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "TIME_LIMIT", -1)
    assert quality.measure_index(network, NOW) is None
    assert quality.measure_categories(network, NOW) == 0


def test_a_shop_without_pictures_measures_nothing(network: Network) -> None:
    tasks.measure_quality()
    assert not IndexRecall.objects.exists()
    assert not CategoryRecall.objects.exists()
