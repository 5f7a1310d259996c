"""Products are reindexed however they are written."""

from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from catalog.feed.importer import import_catalog
from catalog.models import Product, Variant
from catalog.search import find, refresh_stale
from catalog.search.vectors import VERSION
from catalog.tasks import sweep_words
from shop.celery import app
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


def found(text: str) -> list[str]:
    return [product.title for product in find(Product.objects.all(), text).products]


def stale() -> int:
    return Product.objects.filter(search_version__lt=VERSION).count()


def test_saved_product_is_indexed_at_once() -> None:
    product = ProductFactory(title="Salad/Bowl 1.5 l")
    assert (stale(), found("bowl 1.5")) == (0, ["Salad/Bowl 1.5 l"])
    product.title = "Plate/Dish"
    product.save()
    assert (stale(), found("plate/dish"), found("bowl")) == (0, ["Plate/Dish"], [])


def test_saving_an_outdated_object_reindexes_it() -> None:
    old = Product.objects.get(pk=ProductFactory(title="Bowl").pk)
    new = Product.objects.get(pk=old.pk)
    new.title = "Plate"
    new.save()
    old.title = "Dish"
    old.save()
    assert (found("dish"), found("plate"), found("bowl")) == (["Dish"], [], [])


def test_imported_product_is_inserted_with_its_search_vector(tmp_path: Path) -> None:
    def refuse(line: int, problem: str) -> None:
        pytest.fail(f"line {line}: {problem}")

    feed = tmp_path / "feed.csv"
    for title in ("Tea/Pot 1.5 l", "Jug/Mug 2.5 l"):
        feed.write_text(f"product,title,category,sku,price,status\npot,{title},Kitchen,急須-1.5/B,9,published\n")
        import_catalog(feed, None, timezone.now(), refuse)
        assert (stale(), found(title), found("急須15b")) == (0, [title], [title])


def test_sweep_indexes_changes_by_sql() -> None:
    ProductFactory(title="Bowl", sku="B-100")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET title = 'Äpfel/Birnen', brand = 'Obst' WHERE title = 'Bowl'")
        cursor.execute("UPDATE catalog_variant SET sku = 'C.200/X'")
    assert (stale(), found("bowl")) == (1, ["Äpfel/Birnen"])
    sweep_words()
    assert (stale(), found("bowl"), found("b-100")) == (0, [], [])
    assert found("apfel") == found("obst") == found("c200x") == ["Äpfel/Birnen"]
    assert list(Product.objects.order_by("sort_key").values_list("sort_key", flat=True)) == [
        "apfel birnen\täpfel/birnen"
    ]


def test_sweep_indexes_rows_inserted_by_sql() -> None:
    category = CategoryFactory()
    Product.objects.bulk_create(
        Product(title=f"Bowl no. {number}", slug=f"bowl-{number}", category=category) for number in range(7)
    )
    assert refresh_stale(5) == 5
    assert refresh_stale(5) == 2
    assert refresh_stale(5) == 0
    assert len(found("bowl")) == 7


def test_stock_and_price_changes_do_not_reindex() -> None:
    product = ProductFactory(title="Bowl")
    Variant.objects.update(price_amount=3, on_hand=0)
    product.refresh_from_db()
    assert (stale(), product.is_in_stock) == (0, False)


def test_new_index_version_reindexes_every_product() -> None:
    ProductFactory(title="Bowl")
    Product.objects.update(search_version=VERSION - 1, search_vector=None)
    assert found("bowl") == []
    sweep_words()
    assert found("bowl") == ["Bowl"]


def test_schedule_includes_the_sweep() -> None:
    assert sweep_words.name in {entry["task"] for entry in app.conf.beat_schedule.values()}
