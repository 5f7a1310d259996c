"""Filling the demo: interrupted steps are completed, and changes by the owner are kept."""

from pathlib import Path
from typing import Any

import pytest

from catalog.models import Product, ProductImage
from demo.models import DemoStep
from demo.steps import fill_demo
from shop.accounts.models import Customer
from shop.reviews.models import Review
from tests.conftest import picture
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
PRODUCTS = 12


@pytest.fixture
def demo(tmp_path: Path, settings: Any) -> Path:
    settings.DEBUG = True
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_demo(tmp_path / "demo")


def make_demo(folder: Path) -> Path:
    """Write a demo of twelve products with one picture each."""
    (folder / "images").mkdir(parents=True)
    rows = ["product,title,category,status,sku,price,stock,images"]
    for number in range(PRODUCTS):
        (folder / "images" / f"{number}.png").write_bytes(picture(80, 60, f"#{number:x}7a", "PNG"))
        rows.append(f"jug-{number},Jug {number},Jugs,published,JUG-{number},1{number}.00,9,{number}.png")
    (folder / "catalog.csv").write_text("\n".join(rows) + "\n")
    return folder


def is_complete() -> bool:
    counts = (Product.objects.count(), ProductImage.objects.count(), Customer.objects.filter(is_staff=False).count())
    return counts == (PRODUCTS, PRODUCTS, 60) and Review.objects.count() == 400


def test_fill_demo_fills_an_empty_shop_once(demo: Path) -> None:
    fill_demo(demo)
    assert is_complete()
    fill_demo(demo)
    assert is_complete()


@pytest.mark.parametrize("kept", [1, 7, 11])
def test_fill_demo_completes_an_interrupted_import(demo: Path, kept: int) -> None:
    fill_demo(demo)
    Product.objects.exclude(pk__in=Product.objects.order_by("pk")[:kept]).delete()
    Product.objects.order_by("pk")[0].images.all().delete()
    DemoStep.objects.filter(name="catalogue").update(finished_at=None)
    DemoStep.objects.filter(name="customers").delete()
    fill_demo(demo)
    assert is_complete()


def test_fill_demo_keeps_changes_and_deletions(demo: Path) -> None:
    fill_demo(demo)
    Product.objects.filter(slug="jug-1").delete()
    Product.objects.filter(slug="jug-2").update(title="My jug")
    Customer.objects.filter(is_staff=False)[0].delete()
    fill_demo(demo)
    assert not Product.objects.filter(slug="jug-1").exists()
    assert Product.objects.get(slug="jug-2").title == "My jug"
    assert Customer.objects.filter(is_staff=False).count() == 59


def test_fill_demo_leaves_a_shop_with_products_alone(demo: Path) -> None:
    ProductFactory()
    fill_demo(demo)
    assert (Product.objects.count(), Customer.objects.count()) == (1, 0)
