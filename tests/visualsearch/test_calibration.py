"""Calibrating the verdicts of a network with the shop's own pictures."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from catalog.models import Category, Product, ProductImage
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.pictures import SHAPES, encoded, noise, thing
from visualsearch import calibration, index, shop_scenes, tasks
from visualsearch.models import Calibration, Network
from visualsearch.networks import locks, serving
from visualsearch.search import Hit

pytestmark = pytest.mark.django_db
NOW = timezone.now()
KINDS = dict(zip(SHAPES, (0, 64, 128, 192), strict=True))  # with a hue of their own


def add(network: Network, category: Category, number: int, pictures: int = 2) -> Product:
    """Create a product of the category, which is named after its shape. Its number says which hue it has."""
    product = ProductFactory(category=category)
    things = [
        thing(category.name, (KINDS[category.name] + 9 * number) % 256, 10 * number + place, 200)
        for place in range(pictures)
    ]
    images = [ImageFactory(product=product, data=encoded(each), position=place) for place, each in enumerate(things)]
    index.refresh([image.pk for image in images], network)
    return product


@pytest.fixture
def shop(network: Network) -> list[Product]:
    """Four products of each kind, with two pictures each."""
    categories = [CategoryFactory(name=kind) for kind in KINDS]
    return [add(network, category, number) for number in range(4) for category in categories]


@pytest.fixture(autouse=True)
def _small_shops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "SCENES", 30)
    monkeypatch.setattr(calibration, "MIN_SCENES", 10)


def test_shop_is_calibrated_with_its_own_pictures(shop: list[Product], network: Network) -> None:
    found = calibration.calibrate(network, NOW)
    assert found is not None
    assert found.weights[0] > 0, "a higher score makes it more likely"
    assert 0 < found.none_below <= found.match_from < 1
    assert found.pictures == 32
    assert [sum(counts) for counts in found.verdicts] == [30, 30]
    assert [sum(column) for column in zip(*found.bins, strict=True)] == [30, 30]


def test_thresholds_keep_most_products_and_refuse_most_other_things(shop: list[Product], network: Network) -> None:
    found = calibration.calibrate(network, NOW)
    assert found is not None
    (_match, _unsure, lost), (wrong, _unsure, _none) = found.verdicts
    assert lost <= 30 * calibration.SOLD_CALLED_NONE + 1
    assert wrong <= 30 * calibration.OTHERS_CALLED_MATCH + 1


def test_scores_that_say_nothing_calibrate_nothing() -> None:
    """Where products and other things score alike, the threshold on the card stays."""
    alike = np.tile([[0.5, 0.5], [0.6, 0.5]], (40, 1))
    groups = np.arange(80) // 2
    assert calibration.fitted(calibration.Searches(alike, np.arange(80) % 2 == 0, groups)) is None
    assert calibration.fitted(calibration.Searches(alike, np.arange(80) % 2 == 1, groups)) is not None


def test_calibrating_twice_gives_the_same_result(shop: list[Product], network: Network) -> None:
    calibration.calibrate(network, NOW)
    first = Calibration.objects.values().get()
    calibration.calibrate(network, NOW)
    assert Calibration.objects.values().get() == first


@pytest.mark.parametrize(("kinds", "products"), [(1, 15), (2, 1)])
def test_shop_of_one_kind_or_few_products_is_not_calibrated(network: Network, kinds: int, products: int) -> None:
    for kind in SHAPES[:kinds]:
        category = CategoryFactory(name=kind)
        for number in range(products):
            add(network, category, number, pictures=1)
    assert calibration.calibrate(network, NOW) is None
    assert not Calibration.objects.exists()


def test_drafts_teach_nothing(shop: list[Product], network: Network) -> None:
    Product.objects.update(status=Product.Status.DRAFT)
    assert calibration.calibrate(network, NOW) is None


def test_unreadable_pictures_are_left_out(shop: list[Product], network: Network) -> None:
    samples = shop_scenes.sample_pictures(network, NOW, len(shop), calibration.SCENES)
    broken = ProductImage.objects.get(pk=samples[0].image)
    Path(broken.file.path).write_bytes(b"nothing")
    found = calibration.calibrate(network, NOW)
    assert found is not None
    assert sum(found.verdicts[0]) == sum(sample.image != broken.pk for sample in samples)


def test_calibrating_stops_when_its_time_is_up(
    shop: list[Product], network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "TIME_LIMIT", -1)
    assert calibration.calibrate(network, NOW) is None


def test_it_is_calibrated_again_when_a_tenth_of_the_pictures_has_changed(
    shop: list[Product], network: Network
) -> None:
    assert calibration.calibrate_stale(network, NOW)
    assert not calibration.calibrate_stale(network, NOW + timedelta(days=1))
    add(network, shop[0].category, 4, pictures=3)
    assert not calibration.calibrate_stale(network, NOW)
    add(network, shop[0].category, 5, pictures=1)
    assert calibration.calibrate_stale(network, NOW)


def test_it_is_calibrated_again_after_a_while(shop: list[Product], network: Network) -> None:
    assert calibration.calibrate_stale(network, NOW)
    assert calibration.calibrate_stale(network, NOW + timedelta(days=31))


def test_shop_that_is_being_filled_waits(shop: list[Product], network: Network) -> None:
    ImageFactory(product=shop[0], data=encoded(noise()))
    assert not calibration.calibrate_stale(network, NOW)


def test_task_calibrates_a_candidate_before_it_goes_live(
    shop: list[Product], network: Network, other: Network
) -> None:
    index.refresh(ProductImage.objects.values_list("pk", flat=True), other)
    tasks.calibrate_verdicts()
    assert set(Calibration.objects.values_list("network", flat=True)) == {network.pk}
    tasks.calibrate_verdicts()
    assert set(Calibration.objects.values_list("network", flat=True)) == {network.pk, other.pk}


def test_one_worker_at_a_time_does_work_of_minutes(shop: list[Product], network: Network) -> None:
    """Or the workers would leave mail unsent when they start."""
    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [locks.LONG_WORK])
        tasks.calibrate_verdicts()
        assert not Calibration.objects.exists()
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [locks.LONG_WORK])
    finally:
        elsewhere.close()
    tasks.calibrate_verdicts()
    assert Calibration.objects.exists()


def test_scenes_prefer_many_products_and_repeat_few(shop: list[Product], network: Network) -> None:
    samples = shop_scenes.sample_pictures(network, NOW, len(shop), 10)
    assert len({sample.product for sample in samples}) == 10
    samples = shop_scenes.sample_pictures(network, NOW, len(shop), 1000)
    assert len(samples) == shop_scenes.MAX_PER_PRODUCT * len(shop)
    assert len({(sample.image, sample.number) for sample in samples}) == len(samples)


def test_only_picture_of_a_product_counts_as_another_picture_would(network: Network) -> None:
    """Without a second picture, the score of the picture itself is reduced."""
    category = CategoryFactory(name="circle")
    for number in range(3):
        add(network, category, number, pictures=1)
    sample = shop_scenes.sample_pictures(network, NOW, 3, 1)[0]
    assert sample.is_only
    hits = [Hit(None, sample.image, sample.product, 1.0), Hit(None, 0, 0, 0.9)]
    assert [hit.score for hit in calibration.seen_again(sample, hits)] == [calibration.ANOTHER_PICTURE, 0.9]
    assert [hit.score for hit in calibration.seen_again(sample._replace(is_only=False), hits)] == [0.9]


@pytest.fixture
def photos(tmp_path: Path, shop: list[Product]) -> Path:
    """Three photos: two of a product, one of something else."""
    for name, picture in (("a", thing("circle", 0, 50, 200)), ("b", thing("square", 64, 51, 200)), ("c", noise())):
        (tmp_path / f"{name}.jpg").write_bytes(encoded(picture, "JPEG"))
    rows = ["photo,product", f"a.jpg,{shop[0].slug}", f"b.jpg,{shop[1].slug}", "c.jpg,"]
    (tmp_path / "truth.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_command_counts_verdicts_on_photos(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("calibrate_verdicts", "--photos", str(photos))
    printed = capsys.readouterr().out
    assert Calibration.objects.filter(network=serving.live()).exists()
    assert "2 photos, sold" in printed
    assert "1 photos, not sold" in printed
    assert "AUROC" in printed


def test_command_refuses_photos_of_unknown_products(photos: Path) -> None:
    (photos / "truth.csv").write_text("photo,product\na.jpg,no-such-product\n")
    with pytest.raises(CommandError, match="no-such-product"):
        call_command("calibrate_verdicts", "--keep", "--photos", str(photos))
