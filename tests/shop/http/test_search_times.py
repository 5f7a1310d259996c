"""How long searches take, counted in memory and written now and then."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from shop.http import search_times
from shop.http.search_times import STEPS, Times, percentile, times
from shop.models import SearchTime
from shop.tasks import delete_expired_counts
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def counted() -> dict[tuple[str, int], int]:
    rows = SearchTime.objects.values_list("kind", "at_most_ms", "searches")
    return {(kind, step): number for kind, step, number in rows}


@pytest.mark.parametrize("address", ["/search/?q=mug", "/api/v1/search/?q=mug"])
def test_searches_by_words_are_counted_on_the_page_and_in_the_api(client: Client, address: str) -> None:
    ProductFactory(title="Mug")
    assert client.get(address).status_code == 200
    times.flush()
    assert [(each.kind, each.day, each.searches) for each in SearchTime.objects.all()] == [
        ("words", timezone.localdate(), 1)
    ]


@pytest.mark.parametrize("address", ["/", "/search/", "/search/?q=", "/search/?q=mug&min_price=x", "/search/photo/"])
def test_other_pages_and_refused_searches_are_not_counted(client: Client, address: str) -> None:
    client.get(address)
    times.flush()
    assert counted() == {}


def test_processes_add_to_the_same_rows() -> None:
    for _process in range(2):
        own = Times()
        own.add("words", 12.0, NOW)
        own.add("words", 13.0, NOW)
        own.add("photo", 61.0, NOW)
        own.flush()
        own.flush()
    assert counted() == {("words", 15): 4, ("photo", 80): 2}


def test_counts_wait_in_memory_until_they_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Times()
    own.add("words", 1.0, NOW)
    assert counted() == {}
    monkeypatch.setattr(search_times, "FLUSH_SECONDS", 0)
    own.add("words", 1.0, NOW)
    assert counted() == {("words", 5): 2}


def test_many_counts_are_written_before_they_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_times, "MAX_WAITING", 3)
    own = Times()
    for _search in range(3):
        own.add("photo", 1.0, NOW)
    assert counted() == {("photo", 5): 3}


def test_threads_lose_no_count() -> None:
    own = Times()

    def search() -> None:
        for _search in range(100):
            own.add("words", 1.0, NOW)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    own.flush()
    assert counted() == {("words", 5): 400}


def test_very_long_searches_count_in_the_last_step() -> None:
    own = Times()
    own.add("words", 1e9, NOW)
    own.flush()
    assert counted() == {("words", STEPS[-1]): 1}


@pytest.fixture
def no_table(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE shop_searchtime RENAME TO elsewhere")


def test_a_search_is_answered_even_if_its_time_cannot_be_written(
    client: Client, monkeypatch: pytest.MonkeyPatch, no_table: None
) -> None:
    monkeypatch.setattr(search_times, "FLUSH_SECONDS", 0)
    assert client.get("/search/", {"q": "mug"}).status_code == 200


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ({}, 0.5, None),
        ({10: 4}, 0.5, 8.5),
        ({5: 1}, 1.0, 5.0),
        ({10: 50, 100_000: 0, 160: 50}, 0.5, 10.0),
        ({10: 90, 160: 10}, 0.95, 140.0),
    ],
)
def test_percentiles_are_interpolated_within_a_step(
    counts: dict[int, int], share: float, expected: float | None
) -> None:
    assert percentile(counts, share) == (pytest.approx(expected) if expected else None)


def test_times_are_deleted_after_a_year() -> None:
    own = Times()
    own.add("words", 1.0, NOW - timedelta(days=370))
    own.add("words", 1.0, NOW)
    own.flush()
    delete_expired_counts()
    assert [each.day for each in SearchTime.objects.all()] == [timezone.localdate(NOW)]
