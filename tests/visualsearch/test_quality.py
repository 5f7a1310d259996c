"""Measures of the running shop: the index once a day, and the photo search by checks."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from catalog.models import Category, Product
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.pictures import SHAPES, encoded, thing
from visualsearch import index, tasks
from visualsearch.models import IndexRecall, Network, QualityCheck, QualityKind, QualityResult, QualityTrial
from visualsearch.quality import checks, index_recall, results
from visualsearch.quality.results import Share

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def look(number: int, view: int = 0) -> bytes:
    """Return a picture of a coloured shape, which is still alike once it is taken again."""
    return encoded(thing(SHAPES[number % len(SHAPES)], 37 * number % 256, 10 * number + view, side=240))


def product(network: Network, category: str, *pictures: bytes, family: str = "") -> Product:
    found = Category.objects.filter(name=category).first() or CategoryFactory(name=category)
    created = ProductFactory(category=found, family=family)
    images = [ImageFactory(product=created, data=data, position=place) for place, data in enumerate(pictures)]
    index.refresh([image.pk for image in images], network)
    return created


@pytest.fixture
def shop(network: Network) -> Product:
    """A product that its pictures find, one that looks like another product, and one with a single picture."""
    product(network, "Mugs", look(1), look(1, 1))
    confused = product(network, "Lamps", look(2), look(3))
    product(network, "Vases", look(3))
    return confused


def finished(network: Network, now: Any = NOW) -> QualityCheck:
    check = checks.ask(network, "alice", now)
    while checks.advance(check.pk, now):
        pass
    check.refresh_from_db()
    return check


def shares(check: QualityCheck, kind: QualityKind) -> dict[str, tuple[int, float]]:
    rows = QualityResult.objects.filter(check_run=check, kind=kind)
    return {row.category.name if row.category else "": (row.trials, row.score) for row in rows}


def test_pictures_left_out_find_their_product_or_count_against_its_category(shop: Product, network: Network) -> None:
    check = finished(network)
    assert shares(check, QualityKind.OTHER_PICTURE) == {"": (2, 1.0), "Mugs": (1, 1.0), "Lamps": (1, 0.0)}


def test_pictures_taken_again_search_the_whole_shop(shop: Product, network: Network) -> None:
    of = shares(finished(network), QualityKind.RETAKEN)
    assert of[""][0] == 3
    assert of["Mugs"] == (1, 1.0)


def test_a_second_picture_is_measured_by_the_products_that_have_two(network: Network) -> None:
    two_sides = [product(network, "Mugs", look(2 * n), look(2 * n + 1)) for n in range(1, 4)]
    check = finished(network)
    assert shares(check, QualityKind.FIRST_ONLY)["Mugs"][1] < shares(check, QualityKind.BOTH)["Mugs"][1] == 3.0
    assert check.done == len(two_sides)


def test_equal_pictures_of_two_products_cannot_be_told_apart(network: Network) -> None:
    same = [product(network, "Mugs", look(1)) for _ in range(2)]
    check = finished(network)
    assert shares(check, QualityKind.RETAKEN)["Mugs"] == (2, 0.0)
    missed = results.hardest(check)
    assert {each.product for each in missed} == set(same)
    assert all(each.is_same_picture for each in missed)


def test_members_of_the_family_do_not_count_against_a_product(network: Network) -> None:
    mug, stool = (
        (settings.BASE_DIR / "demo" / "images" / f"{name}-1.jpg").read_bytes()
        for name in ("halden-mug-blue", "perch-stool-oak")
    )
    for _ in range(2):
        product(network, "Mugs", mug, family="halden-mug")
    product(network, "Mugs", stool)  # so unlike that no view of it, which depends on its key, can be confused
    assert shares(finished(network), QualityKind.RETAKEN)["Mugs"] == (3, 3.0)


def test_hardest_products_name_what_is_taken_for_them(shop: Product, network: Network) -> None:
    missed = {each.product: each for each in results.hardest(finished(network))}
    assert missed[shop].found.product.category.name == "Vases"
    assert missed[shop].pictures == 2


def test_deleted_products_and_pictures_are_no_longer_shown(shop: Product, network: Network) -> None:
    check = finished(network)
    Product.objects.filter(category__name="Vases").delete()
    assert results.hardest(check) == []
    shop.delete()
    Category.objects.get(name="Lamps").delete()
    assert {each.category.name for each in results.load(check).categories} == {"Mugs", "Vases"}


def test_a_check_goes_on_where_it_stopped(network: Network, shop: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "BATCH", 1)
    monkeypatch.setattr(checks, "SLICE", 0)
    check = checks.ask(network, "", NOW)
    assert not checks.advance(check.pk, NOW + timedelta(seconds=1)) or QualityCheck.objects.get().done == 0
    monkeypatch.setattr(checks, "SLICE", 20)
    assert not checks.advance(check.pk, NOW)
    assert QualityCheck.objects.get().done == 3
    assert QualityTrial.objects.filter(kind=QualityKind.RETAKEN).count() == 3


def test_a_check_ends_when_its_time_is_up(network: Network, shop: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "BATCH", 1)
    monkeypatch.setattr(checks, "TIME_LIMIT", -1)
    check = finished(network)
    assert (check.done, check.total) == (1, 3)
    assert shares(check, QualityKind.RETAKEN)[""][0] == 1


def test_asking_twice_makes_one_check(network: Network, shop: Product) -> None:
    first = checks.ask(network, "alice", NOW)
    assert checks.ask(network, "bob", NOW) == first
    finished(network)
    assert checks.ask(network, "bob", NOW) != first


def test_a_finished_check_is_not_measured_again(network: Network, shop: Product) -> None:
    check = finished(network)
    before = list(QualityResult.objects.values_list("pk", flat=True))
    assert not checks.advance(check.pk, NOW)
    assert list(QualityResult.objects.values_list("pk", flat=True)) == before


def test_checks_are_made_once_a_week_and_kept_for_a_year(network: Network, shop: Product) -> None:
    finished(network, NOW - timedelta(days=400))
    old = finished(network, NOW - timedelta(days=6))
    assert list(QualityCheck.objects.all()) == [old]
    assert checks.due(network, NOW) == []
    (new,) = checks.due(network, NOW + timedelta(days=2))
    assert new.finished_at is None
    finished(network, NOW + timedelta(days=2))
    assert set(QualityTrial.objects.values_list("check_run", flat=True)) == {new.pk}, "trials of the newest check only"
    assert QualityResult.objects.filter(check_run=old).exists()


def test_a_stalled_check_goes_on(network: Network, shop: Product) -> None:
    check = checks.ask(network, "", NOW)
    assert checks.due(network, NOW + timedelta(minutes=1)) == []
    assert checks.due(network, NOW + timedelta(minutes=10)) == [check]


def test_a_shop_waits_until_its_pictures_are_embedded(network: Network, shop: Product) -> None:
    ImageFactory(product=shop, data=look(7))
    assert checks.due(network, NOW) == []


def test_a_network_that_has_just_gone_live_is_measured_soon(network: Network, other: Network, shop: Product) -> None:
    finished(network)
    index.refresh(list(shop.images.values_list("pk", flat=True)), other)
    assert checks.due(other, NOW) == [], "its pictures are missing"
    index.refresh(list(Product.objects.values_list("images", flat=True)), other)
    assert [each.network for each in checks.due(other, NOW)] == [other]


def test_hidden_products_are_not_measured(shop: Product, network: Network) -> None:
    Product.objects.update(status=Product.Status.DRAFT)
    check = finished(network)
    assert (check.done, check.results.count()) == (0, 0)
    assert index_recall.measure_index(network, NOW) is None


def test_one_product_is_always_found(network: Network) -> None:
    product(network, "Mugs", look(1))
    assert shares(finished(network), QualityKind.RETAKEN) == {"": (1, 1.0), "Mugs": (1, 1.0)}


def test_a_lost_picture_is_left_out(network: Network, shop: Product) -> None:
    image = Product.objects.get(category__name="Vases").images.get()
    image.file.storage.delete(image.file.name or "")
    assert "Vases" not in shares(finished(network), QualityKind.RETAKEN)


def test_the_interval_of_a_share_is_wide_for_few_products() -> None:
    low, high = Share(9, 10).interval
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert Share(10, 10).interval[1] == 1.0
    assert Share(900, 1000).interval[0] > 0.87


def test_the_index_of_a_small_shop_finds_all_neighbours(shop: Product, network: Network) -> None:
    measured = index_recall.measure_index(network, NOW)
    assert measured is not None
    assert (measured.pictures, measured.mean, measured.worst) == (5, 1.0, 1.0)


def test_the_index_is_measured_once_a_day_and_remembered_for_a_year(shop: Product, network: Network) -> None:
    assert index_recall.measure_index(network, NOW - timedelta(days=400))
    assert index_recall.measure_index(network, NOW)
    assert index_recall.measure_index(network, NOW) is None
    assert index_recall.measure_index(network, NOW + timedelta(days=1))
    assert IndexRecall.objects.count() == 2


def test_measuring_the_index_stops_when_its_time_is_up(
    shop: Product, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_recall, "TIME_LIMIT", -1)
    assert index_recall.measure_index(network, NOW) is None


def test_a_shop_without_pictures_measures_nothing(network: Network) -> None:
    tasks.measure_quality()
    assert not IndexRecall.objects.exists()
    assert not QualityCheck.objects.exists()


def test_the_task_measures_the_live_network(network: Network, shop: Product, tasks_at_once: None) -> None:
    tasks.measure_quality()
    check = QualityCheck.objects.get()
    assert check.finished_at is not None
    assert check.results.exists()
