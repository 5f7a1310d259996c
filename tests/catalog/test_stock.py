"""Stock changes and their movements, including concurrent ones."""

import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum
from django.test import Client

from catalog import stock
from catalog.feed.importer import import_catalog
from catalog.models import Product, StockMovement, Variant
from tests.catalog.test_admin import form
from tests.factories import ProductFactory, VariantFactory
from tests.races import race

NOW = datetime(2026, 11, 23, tzinfo=UTC)
WHY = stock.Reason(who="system", reference="order 1", now=NOW)
BUYERS = 20


def variant(on_hand: int = 5, **more: Any) -> Variant:
    return VariantFactory(on_hand=on_hand, **more)


def state(each: Variant) -> tuple[int, int]:
    each.refresh_from_db()
    return each.on_hand, each.reserved


@pytest.mark.django_db
def test_reserve_release_and_consume_change_stock() -> None:
    mug = variant(5)
    stock.reserve({mug.pk: 3}, WHY)
    assert state(mug) == (5, 3)
    stock.release({mug.pk: 1}, WHY)
    stock.consume({mug.pk: 2}, WHY)
    assert state(mug) == (3, 0)
    assert Product.objects.get().sold_count == 2
    stock.restock({mug.pk: 1}, WHY)
    stock.receive({mug.pk: 10}, WHY)
    assert state(mug) == (14, 0)
    assert Product.objects.get().sold_count == 1


@pytest.mark.django_db
def test_movements_add_up_to_the_stock() -> None:
    mug = variant(5)
    stock.reserve({mug.pk: 3}, WHY)
    stock.consume({mug.pk: 2}, WHY)
    stock.correct({mug.pk: -1}, WHY)
    sums = StockMovement.objects.aggregate(on_hand=Sum("on_hand_change"), reserved=Sum("reserved_change"))
    assert state(mug) == (5 + sums["on_hand"], sums["reserved"]) == (2, 1)
    assert [each.kind for each in StockMovement.objects.order_by("pk")] == ["reserve", "consume", "correct"]
    assert {(each.who, each.reference) for each in StockMovement.objects.all()} == {("system", "order 1")}


@pytest.mark.django_db
def test_reserve_is_all_or_nothing() -> None:
    many, few = variant(5), variant(1)
    with pytest.raises(stock.OutOfStock) as refused:
        stock.reserve({many.pk: 2, few.pk: 2, 0: 1}, WHY)
    assert refused.value.available == {few.pk: 1, 0: 0}
    assert (state(many), state(few)) == ((5, 0), (1, 0))
    assert not StockMovement.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("move", [stock.release, stock.consume])
def test_unreserved_units_cannot_be_released(move: Any) -> None:
    mug = variant(5)
    with pytest.raises(stock.StockMismatch):
        move({mug.pk: 1}, WHY)
    assert state(mug) == (5, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("move", [stock.reserve, stock.release, stock.consume, stock.restock, stock.receive])
def test_negative_quantity_is_rejected(move: Any) -> None:
    mug = variant(5)
    with pytest.raises(ValueError, match="negative"):
        move({mug.pk: -1}, WHY)
    assert state(mug) == (5, 0)


@pytest.mark.django_db
def test_correct_never_takes_reserved_units() -> None:
    mug = variant(5)
    stock.reserve({mug.pk: 4}, WHY)
    with pytest.raises(stock.OutOfStock):
        stock.correct({mug.pk: -2}, WHY)
    stock.correct({mug.pk: -1}, WHY)
    assert state(mug) == (4, 4)


@pytest.mark.django_db
@pytest.mark.parametrize("lines", [1, 10])
def test_reserve_takes_one_statement_per_variant_and_four_more(lines: int, django_assert_max_num_queries: Any) -> None:
    items = {variant(5).pk: 1 for _ in range(lines)}
    with django_assert_max_num_queries(lines + 4):
        stock.reserve(items, WHY)


@pytest.mark.django_db
def test_staff_correct_stock_by_the_difference_from_the_value_shown(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_superuser("alice@example.com", "correct horse"))
    product = ProductFactory(stock=5)
    mug = product.variants.get()
    address = f"/admin/catalog/product/{product.pk}/change/"
    assert 'name="initial-variants-0-on_hand"' in client.get(address).content.decode()
    stock.reserve({mug.pk: 2}, WHY)
    stock.consume({mug.pk: 2}, WHY)  # sold after the page was opened
    values = {"initial-variants-0-on_hand": 5, "variants-0-on_hand": 15}
    assert client.post(address, form(product, **values)).status_code == 302
    assert state(mug) == (13, 0)
    assert StockMovement.objects.filter(kind="correct", on_hand_change=10, who="alice@example.com").exists()
    less = {"initial-variants-0-on_hand": 13, "variants-0-on_hand": 0}
    stock.reserve({mug.pk: 1}, WHY)
    response = client.post(address, form(product, **less))
    assert response.status_code == 200
    assert "Enter at least 1, the number reserved by orders." in response.content.decode()
    assert state(mug) == (13, 1)


def buy(key: int) -> str:
    with transaction.atomic():
        stock.reserve({key: 1}, WHY)
    return "got it"


@pytest.mark.django_db(transaction=True)
def test_one_of_20_concurrent_buyers_gets_the_last_item() -> None:
    mug = variant(1)
    answers = race(BUYERS, lambda _number: buy(mug.pk))
    assert Counter(str(type(each).__name__) for each in answers) == {"str": 1, "OutOfStock": BUYERS - 1}
    assert state(mug) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_reading_before_writing_oversells_to_concurrent_buyers() -> None:
    mug, have_read = variant(1), Barrier(BUYERS)

    def buy_naively(_number: int) -> str:
        current = Variant.objects.get(pk=mug.pk)
        have_read.wait(timeout=60)
        if current.available < 1:
            raise stock.OutOfStock({mug.pk: 0})
        Variant.objects.filter(pk=mug.pk).update(reserved=current.reserved + 1)
        return "got it"

    assert race(BUYERS, buy_naively).count("got it") > 1
    assert state(mug) == (1, 1), "the movements even add up to one sale"


@pytest.mark.django_db(transaction=True)
def test_orders_of_the_same_variants_never_deadlock() -> None:
    first, second = ProductFactory(price=None), ProductFactory(price=None)
    # The middle variant belongs to another product: locking by variant key alone would deadlock.
    keys = [VariantFactory(product=each, on_hand=1).pk for each in (first, second, first)]

    def buy_two(number: int) -> str:
        items = random.Random(number).sample(keys, 2)
        with transaction.atomic():
            stock.reserve(dict.fromkeys(items, 1), WHY)
            stock.consume(dict.fromkeys(items, 1), WHY)
        with transaction.atomic():
            stock.restock(dict.fromkeys(items, 1), WHY)
        return "sold"

    for _round in range(5):
        answers = race(8, buy_two)
        assert {type(each) for each in answers} <= {str, stock.OutOfStock}
    assert not Variant.objects.exclude(on_hand=1, reserved=0).exists()
    assert not Product.objects.exclude(sold_count=0).exists()


@pytest.mark.django_db(transaction=True)
def test_database_constraint_prevents_overselling() -> None:
    mug = variant(1)
    with connection.cursor() as cursor, pytest.raises(Exception, match="variant_reserved_is_on_hand"):
        cursor.execute("UPDATE catalog_variant SET reserved = 2 WHERE id = %s", [mug.pk])
    assert not Variant.objects.filter(reserved__gt=F("on_hand")).exists()


@pytest.mark.django_db
def test_import_changes_stock_by_the_difference(tmp_path: Path) -> None:
    product = ProductFactory(slug="mug", stock=5, sku="MUG")
    mug = product.variants.get()
    stock.reserve({mug.pk: 2}, WHY)
    file = tmp_path / "feed.csv"
    header = "product,title,category,sku,price,stock,weight\n"
    file.write_text(f"{header}mug,Mug,{product.category.name},MUG,12.00,9,350\n")
    import_catalog(file, tmp_path, NOW, lambda *_problem: None)
    mug.refresh_from_db()
    assert (mug.on_hand, mug.reserved, mug.price_amount, mug.weight_grams) == (9, 2, 12, 350)
    assert StockMovement.objects.filter(kind="correct", on_hand_change=4, who="import").count() == 1
    file.write_text(f"product,title,category,sku,price\nmug,Mug,{product.category.name},MUG,13.00\n")
    import_catalog(file, tmp_path, NOW, lambda *_problem: None)
    assert state(mug) == (9, 2)
    assert StockMovement.objects.count() == 2
