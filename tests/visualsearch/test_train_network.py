"""`manage.py train_network`, on the shop's own catalogue."""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import Product, ProductImage
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.other_networks import make_network
from tests.visualsearch.pictures import SHAPES, encoded, thing
from visualsearch import guard
from visualsearch.embedding.card import check_files, file_sha256, read_card
from visualsearch.labels import read_catalogue
from visualsearch.measuring.dataset import BadDataset, read_folder
from visualsearch.models import Activation
from visualsearch.networks import registry, serving
from visualsearch.networks.comparison import Measure

pytestmark = pytest.mark.django_db


def stock(products: int = 4, views: int = 2) -> list[Product]:
    """Create products of two categories and colours, with several pictures each; the last has both colours."""
    categories = [CategoryFactory(name="Lamps"), CategoryFactory(name="Vases")]
    made = []
    for number in range(products):
        colours = ["Red", "Blue"] if number == products - 1 else ["Red", "Blue"][number % 2]
        product = ProductFactory(
            title=f"Thing {number}", category=categories[number % 2], attributes={"colour": colours}
        )
        for view in range(views):
            picture = thing(SHAPES[number % 4], 60 * number, 10 * number + view)
            ImageFactory(product=product, data=encoded(picture), position=view)
        made.append(product)
    return made


def test_labels_by_product_group_its_pictures(tmp_path: Path) -> None:
    products = stock()
    space = read_catalogue("product", timezone.now(), tmp_path)
    assert space.classes == ("thing-0", "thing-1", "thing-2", "thing-3")
    assert space.labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert space.products is not None
    assert space.products.tolist() == [product.pk for product in products for _ in range(2)]
    assert not list(tmp_path.glob("*.png")), "local pictures are not copied"


def test_labels_by_category_or_by_the_only_value_of_an_attribute(tmp_path: Path) -> None:
    stock()
    by_category = read_catalogue("category", timezone.now(), tmp_path)
    assert by_category.classes == ("lamps", "vases")
    assert by_category.labels.tolist() == [0, 0, 1, 1, 0, 0, 1, 1]
    by_colour = read_catalogue("attribute:colour", timezone.now(), tmp_path)
    assert by_colour.classes == ("blue", "red")
    assert by_colour.labels.tolist() == [1, 1, 0, 0, 1, 1], "the product with two colours is left out"


def test_hidden_products_and_lost_pictures_are_left_out(tmp_path: Path, settings: Any) -> None:
    products = stock()
    Product.objects.filter(pk=products[0].pk).update(status=Product.Status.DRAFT)
    lost = products[1].images.get(position=0)
    (Path(settings.MEDIA_ROOT) / str(lost.file)).unlink()
    space = read_catalogue("product", timezone.now(), tmp_path)
    assert space.labels.tolist() == [0, 1, 1, 2, 2]


def test_pictures_in_remote_storage_are_copied_to_a_temporary_folder(tmp_path: Path, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }  # fmt: skip
    products, copies = stock(2), tmp_path / "copies"
    copies.mkdir()
    space = read_catalogue("product", timezone.now(), copies)
    assert len(space) == 4
    assert all(path.parent == copies for path in space.paths)
    stored = products[0].images.get(position=0)
    assert space.paths[0].read_bytes() == stored.file.read()


@pytest.mark.parametrize(
    ("label", "message"), [("price", "no labels by 'price'"), ("attribute:size", "no attribute 'size'")]
)
def test_unknown_labels_are_refused(label: str, message: str, tmp_path: Path) -> None:
    stock(2)
    with pytest.raises(BadDataset, match=message):
        read_catalogue(label, timezone.now(), tmp_path)


def test_an_empty_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No visible product has both a picture and a label by product"):
        call_command("train_network", "--catalog", "product", "--out", str(tmp_path / "out"))


def test_a_single_product_is_refused(tmp_path: Path) -> None:
    stock(1)
    with pytest.raises(CommandError, match="Training needs at least 2"):
        call_command("train_network", "--catalog", "product", "--out", str(tmp_path / "out"))


def test_a_call_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nothing to train on"):
        call_command("train_network", "--out", str(tmp_path / "out"))


def test_training_on_the_catalogue_validates_on_given_photos(tmp_path: Path) -> None:
    stock()
    for number in range(4):
        (tmp_path / "photos" / f"thing-{number}").mkdir(parents=True)
        thing(SHAPES[number], 60 * number, 900 + number).save(tmp_path / "photos" / f"thing-{number}" / "1.png")
    output = StringIO()
    options = ["--catalog", "product", "--stop-on", str(tmp_path / "photos"), "--out", str(tmp_path / "out")]
    plan = ["--epochs", "1", "--batch", "8", "--sizes", "0:32", "--frozen-blocks", "15", "--balance", "class"]
    with pytest.raises(CommandError, match="only 1 products could be held out"):
        call_command("train_network", *options, *plan, "--threads", "1", stdout=output)
    card = read_card(tmp_path / "out")
    check_files(card)
    assert card.training["data"] == {
        "catalogue, by product": {"classes": 3, "pictures": 6, "held_out_to_stop_on": 3}
    }  # fmt: skip
    assert "accuracy" in json.loads((tmp_path / "out" / "report.json").read_text())["history"][0]["scores"][
        "catalogue, by product"
    ]  # fmt: skip
    assert card.identity in output.getvalue()
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("<section>") == 2, "training, and the validation photos"
    assert page.count("data:image/png") == 2, "the curves and the confusion matrix"
    assert re.findall(r'(?:src|href)="(?!data:)', page) == [], "the page needs no other file"


def distinct(products: int = 20) -> None:
    """Create products that look so different that any good network tells them apart."""
    for number in range(products):
        product = ProductFactory()
        for view in range(2):
            picture = thing(SHAPES[number % 4], 51 * (number // 4), 10 * number + view, side=240)
            ImageFactory(product=product, data=encoded(picture), position=view)


TINY = ["--epochs", "1", "--batch", "8", "--sizes", "0:32", "--frozen-blocks", "15", "--threads", "1"]


def held_out(products: int) -> frozenset[int]:
    stock(products)
    return guard.held_out_products(timezone.now())


def test_a_network_that_is_not_better_is_refused_with_the_figures(tmp_path: Path) -> None:
    distinct()
    with pytest.raises(CommandError) as refused:
        call_command("train_network", "--catalog", "product", "--out", str(tmp_path / "out"), *TINY, stdout=StringIO())
    message = str(refused.value)
    assert "is refused: it does not find 5 products that training has not seen better" in message
    assert serving.live().identity in message
    assert re.search(r"taken again, 50 searches for 5 products: live [01]\.\d{3}, new [01]\.\d{3}", message)
    assert re.search(r"another picture, 10 searches for 5 products: live", message)
    check_files(read_card(tmp_path / "out"))
    assert (tmp_path / "out" / "report.html").exists()


def test_a_better_network_is_accepted(tmp_path: Path) -> None:
    poor = registry.register(make_network(tmp_path / "poor", 2, "poor"))
    Activation.objects.create(network=poor, reason=Activation.Reason.ACTIVATE)
    distinct()
    output = StringIO()
    options = ["--catalog", "product", "--out", str(tmp_path / "out"), "--blend", "0", *TINY]
    call_command("train_network", *options, stdout=output)
    assert f"It is better than the live network {poor.identity} on 5 products" in output.getvalue()
    assert "taken again, 50 searches" in output.getvalue()


def test_training_sees_no_picture_of_a_held_out_product(tmp_path: Path) -> None:
    products = held_out(20)
    hashes = guard.held_out_hashes(products)
    copy = ProductImage.objects.filter(product__in=products).first()
    assert copy is not None
    other = Product.objects.exclude(pk__in=products).first()
    assert other is not None
    ImageFactory(product=other, data=copy.file.read(), position=9)
    for label in ("product", "category", "attribute:colour"):
        space = read_catalogue(label, timezone.now(), tmp_path, products, hashes)
        assert space.products is not None
        assert not products & set(space.products.tolist())
        assert not hashes & {file_sha256(path) for path in space.paths}


def test_folders_lose_files_that_are_pictures_of_held_out_products(tmp_path: Path) -> None:
    products = held_out(20)
    image = ProductImage.objects.filter(product__in=products).first()
    assert image is not None
    for name in ("a", "b"):
        (tmp_path / "folder" / name).mkdir(parents=True)
        thing("circle", 10, 999).save(tmp_path / "folder" / name / "1.png")
    copy = tmp_path / "folder" / "a" / "2.png"
    copy.write_bytes(image.file.read())
    space = guard.drop_held_out(read_folder(tmp_path / "folder"), guard.held_out_hashes(products))
    assert copy not in space.paths
    assert len(space) == 2


def test_the_next_training_holds_out_the_same_products() -> None:
    before = held_out(20)
    ProductFactory.create_batch(3)
    assert guard.held_out_products(timezone.now()) == before, "products without pictures change nothing"


def test_a_shop_with_three_products_holds_none_out() -> None:
    assert held_out(3) == frozenset()


def verdict(*measures: Measure, products: int = 10) -> bool:
    return guard.Verdict(products, list(measures)).is_better


def test_a_verdict_needs_one_better_measure_and_none_that_is_worse() -> None:
    better, worse = (Measure("a", 50, 10, 0.5, 0.6, 0.01, 0.2), Measure("b", 50, 10, 0.6, 0.5, -0.2, -0.01))
    unsure = Measure("c", 50, 10, 0.5, 0.6, -0.01, 0.2)
    assert verdict(better)
    assert verdict(better, unsure)
    assert not verdict(unsure)
    assert not verdict(better, worse)
    assert not verdict()
    assert not verdict(better, products=4), "with four products, chance decides"


def test_torch_threads_wait_passively() -> None:
    script = (
        "import sys, os; sys.modules.pop('torch', None); os.environ.pop('OMP_WAIT_POLICY', None);"
        "import django; os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'; django.setup();"
        "os.environ['OMP_DISPLAY_ENV'] = 'TRUE'; import visualsearch.training.run"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr
