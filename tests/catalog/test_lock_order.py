"""Orders, imports and staff lock rows in the same order and never deadlock."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from django.db import transaction
from django.test import Client

from catalog import stock
from catalog.feed.importer import import_catalog
from catalog.models import Category, Product, Variant
from catalog.publishing import publish, unpublish
from shop.accounts.models import Customer
from tests.catalog.test_admin import form
from tests.factories import ProductFactory
from tests.races import race, wait_for_lock

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHY = stock.Reason("alice@example.com", "order 100001", NOW)
QUANTITY = 4


def import_both(folder: Path) -> None:
    """Change everything about both products but their slugs."""
    file = folder / "feed.csv"
    rows = [f"{slug},New {slug},{Category.objects.get().name},{slug.upper()},12.00,9" for slug in ("second", "first")]
    file.write_text("\n".join(["product,title,category,sku,price,stock", *rows]))
    problems: list[str] = []
    import_catalog(file, None, NOW, lambda _line, reason: problems.append(reason))
    assert problems == []


def rename_the_category(_folder: Path) -> None:
    category = Category.objects.get()
    category.name = "Another name"
    category.save()


def hide_and_show(_folder: Path) -> None:
    unpublish(Product.objects.all(), NOW)
    publish(Product.objects.all(), NOW)


def move_stock(_folder: Path) -> None:
    """Add a unit to the second variant and subtract one from the first, in one transaction."""
    first, second = Variant.objects.order_by("pk")
    stock.correct({second.pk: 1, first.pk: -1}, WHY)


def save_in_the_admin(_folder: Path) -> None:
    product = Product.objects.get(slug="first")
    stock = {"initial-variants-0-on_hand": QUANTITY, "variants-0-on_hand": QUANTITY}
    assert staff().post(f"/admin/catalog/product/{product.pk}/change/", form(product, **stock)).status_code == 302


def staff() -> Client:
    client = Client()
    client.force_login(Customer.objects.create_superuser("staff@example.com"))
    return client


@pytest.mark.parametrize("quantity", [1, QUANTITY], ids=["some are left", "all are sold"])
@pytest.mark.parametrize("write", [import_both, rename_the_category, hide_and_show, move_stock, save_in_the_admin])
def test_orders_and_staff_never_deadlock(write: Callable[[Path], None], quantity: int, tmp_path: Path) -> None:
    first = ProductFactory(slug="first", title="First", stock=QUANTITY, sku="FIRST")
    second = ProductFactory(slug="second", title="Second", stock=QUANTITY, sku="SECOND", category=first.category)
    Product.objects.filter(pk=first.pk).update(brand="Moved")  # moves it behind the second one in unordered queries
    low, high = (each.variants.get().pk for each in (first, second))
    is_half_done = Event()

    def order() -> None:
        """Reserve and consume stock as `place_order` and `settle` do, with a pause in between."""
        with transaction.atomic():
            stock.reserve({low: quantity}, WHY)
            is_half_done.set()
            wait_for_lock(seconds=3)
            stock.reserve({high: quantity}, WHY)
            stock.consume({low: quantity, high: quantity}, WHY)

    def others() -> None:
        is_half_done.wait(timeout=60)
        write(tmp_path)

    answers = race(2, lambda which: (order, others)[which]())
    assert [each for each in answers if each is not None and not isinstance(each, stock.OutOfStock)] == []
    assert list(Product.objects.order_by("pk").values_list("sold_count", flat=True)) == [quantity, quantity]


@pytest.mark.parametrize("way", ["one", "selected"])
def test_deleting_a_product_during_its_purchase_is_safe(way: str) -> None:
    mug = ProductFactory(stock=QUANTITY)
    variant, client, is_half_done = mug.variants.get().pk, staff(), Event()

    def order() -> None:
        with transaction.atomic():
            stock.reserve({variant: 1}, WHY)
            is_half_done.set()
            wait_for_lock(seconds=3)
            stock.consume({variant: 1}, WHY)

    def delete() -> int:
        is_half_done.wait(timeout=60)
        selected = {"action": "delete_selected", "_selected_action": [mug.pk]} if way == "selected" else {}
        address = "/admin/catalog/product/" + ("" if selected else f"{mug.pk}/delete/")
        return client.post(address, {"post": "yes", **selected}).status_code

    bought, deleted = race(2, lambda which: (order, delete)[which]())
    assert bought is None
    assert deleted in (302, 403)  # a product being bought may stay
