"""Two approvals at once: both count. Without the lock of the trigger, one is forgotten."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from catalog.models import Product
from shop.accounts.models import Customer
from shop.reviews.models import Review
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LOCK = "PERFORM 1 FROM catalog_product WHERE id = target FOR NO KEY UPDATE;"


def approve_two_at_once(alice: Customer, bob: Customer) -> int:
    """How many ratings the product has after two overlapping transactions approved one review each."""
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
        wait_until_somebody_waits_for_a_lock()
    other.join()
    return Product.objects.get(pk=product.pk).rating_count


def wait_until_somebody_waits_for_a_lock() -> None:
    pause = threading.Event()
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
        pause.wait(0.05)
    pytest.fail("The second approval never met the first.")


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


def test_two_approvals_at_once_both_count(alice: Customer, bob: Customer) -> None:
    assert approve_two_at_once(alice, bob) == 2


def test_without_the_lock_one_is_forgotten(unguarded: None, alice: Customer, bob: Customer) -> None:
    assert approve_two_at_once(alice, bob) == 1
