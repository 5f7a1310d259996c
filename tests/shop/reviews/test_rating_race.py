"""Concurrent approvals of reviews, with and without the trigger's lock."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from catalog import stock
from catalog.models import Product
from shop.accounts.models import Customer
from shop.accounts.personal_data import erase_customer
from shop.reviews.models import Review
from tests.factories import ProductFactory
from tests.races import race, wait_for_lock

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LOCK = "PERFORM 1 FROM catalog_product WHERE id = target FOR NO KEY UPDATE;"


def approve_two_at_once(alice: Customer, bob: Customer) -> int:
    """Approve two reviews in overlapping transactions, and return the product's number of ratings."""
    product = ProductFactory()
    keys = [
        Review.objects.create(customer=who, product=product, rating=5, author="A", created_at=NOW, changed_at=NOW).pk
        for who in (alice, bob)
    ]
    has_begun = threading.Event()

    def approve_the_second() -> None:
        has_begun.set()
        Review.objects.filter(pk=keys[1]).update(state=Review.State.APPROVED)
        connection.close()

    other = threading.Thread(target=approve_the_second)
    with transaction.atomic():
        Review.objects.filter(pk=keys[0]).update(state=Review.State.APPROVED)
        other.start()
        has_begun.wait()
        assert wait_for_lock(), "the two approvals did not overlap"
    other.join()
    return Product.objects.get(pk=product.pk).rating_count


@pytest.fixture
def unguarded() -> Iterator[None]:
    """The trigger without its lock."""
    replace_in_trigger(LOCK, "")
    yield
    replace_in_trigger("BEGIN\n", f"BEGIN\n{LOCK}\n")


def replace_in_trigger(old: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('reviews_rate_product'::regproc)")
        written = cursor.fetchone()[0]
        assert old in written
        cursor.execute(written.replace(old, new, 1))


def test_concurrent_approvals_both_count(alice: Customer, bob: Customer) -> None:
    assert approve_two_at_once(alice, bob) == 2


def test_without_the_lock_one_approval_is_lost(unguarded: None, alice: Customer, bob: Customer) -> None:
    assert approve_two_at_once(alice, bob) == 1


def test_erasing_reviews_and_placing_an_order_do_not_deadlock(alice: Customer) -> None:
    first, second = ProductFactory(stock=1), ProductFactory(stock=1)
    for product in (second, first):  # their ratings are updated in this order
        Review.objects.create(
            customer=alice, product=product, rating=5, author="A", state=Review.State.APPROVED, created_at=NOW,
            changed_at=NOW,
        )  # fmt: skip
    why, is_half_done = stock.Reason("bob@example.com", "order 1", NOW), threading.Event()

    def order() -> None:
        with transaction.atomic():
            stock.reserve({first.variants.get().pk: 1}, why)
            is_half_done.set()
            assert wait_for_lock()
            stock.reserve({second.variants.get().pk: 1}, why)

    def erase() -> None:
        is_half_done.wait(timeout=60)
        erase_customer(alice, NOW)

    assert race(2, lambda which: (order, erase)[which]()) == [None, None]
    assert not Review.objects.exists()
