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

from catalog.models import Product
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.pictures import SHAPES, encoded, thing
from visualsearch.embedding.card import check_files, read_card
from visualsearch.labels import read_catalogue
from visualsearch.measuring.dataset import BadDataset

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
    call_command("train_network", *options, *plan, "--threads", "1", stdout=output)
    card = read_card(tmp_path / "out")
    check_files(card)
    assert card.training["data"] == {
        "catalogue, by product": {"classes": 4, "pictures": 8, "held_out_to_stop_on": 4}
    }  # fmt: skip
    assert "accuracy" in json.loads((tmp_path / "out" / "report.json").read_text())["history"][0]["scores"][
        "catalogue, by product"
    ]  # fmt: skip
    assert card.identity in output.getvalue()
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("<section>") == 2, "training, and the validation photos"
    assert page.count("data:image/png") == 2, "the curves and the confusion matrix"
    assert re.findall(r'(?:src|href)="(?!data:)', page) == [], "the page needs no other file"


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
