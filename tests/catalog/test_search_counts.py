"""Search counts without personal data."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models.search_tally import SearchTally
from catalog.search import count_words
from catalog.search_counts import MAX_DAILY_ROWS, count_photo_search, count_text_search, delete_old_searches
from catalog.tasks import delete_old_searches as forget_searches_task
from shop.celery import app
from tests.factories import ProductFactory
from tests.races import race

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def counted() -> list[tuple[str, int, int]]:
    return sorted(SearchTally.objects.values_list("words", "searches", "unanswered"))


@pytest.mark.parametrize("address", ["/search/", "/api/v1/search/"])
def test_search_is_counted_with_its_outcome(client: Client, address: str) -> None:
    ProductFactory(title="Blue Mug")
    for query in ("blue  MUG", "Blue, mug!", "zeppelin"):
        client.get(address, {"q": query})
    assert counted() == [("blue mug", 2, 0), ("zeppelin", 1, 1)]


@pytest.mark.parametrize("address", ["/search/", "/api/v1/search/"])
def test_paging_and_filtering_are_not_counted(client: Client, address: str) -> None:
    ProductFactory(title="Blue Mug")
    client.get(address, {"q": "mug", "page": "1"})
    client.get(address, {"q": "mug", "in_stock": "on"})
    client.get(address, {"q": " ... "})
    client.get(address)
    assert counted() == []


def test_corrected_search_counts_as_missed(client: Client) -> None:
    ProductFactory(title="Blue Lantern")
    count_words(timezone.now())
    client.get("/search/", {"q": "lantrn"})
    assert counted() == [("lantrn", 1, 1)]


@pytest.mark.parametrize("text", ["alice@example.com", "mail alice @ home", "0170 123456", "order 100017"])
def test_personal_data_is_not_recorded(text: str) -> None:
    count_text_search(text, found=False, now=NOW)
    assert counted() == [("", 1, 1)]


def test_long_query_is_truncated() -> None:
    count_text_search("wonderful " * 30, found=True, now=NOW)
    assert [len(words) for words, *_ in counted()] == [80]


def test_number_of_rows_per_day_is_limited() -> None:
    kinds = {"day": NOW.date(), "kind": SearchTally.Kind.WORDS, "searches": 1, "unanswered": 0}
    SearchTally.objects.bulk_create(
        SearchTally(words=f"word {number}", **kinds) for number in range(MAX_DAILY_ROWS - 1)
    )
    for text in ("mug", "lamp", "vase", "mug"):
        count_text_search(text, found=True, now=NOW)
    count_text_search("lamp", found=True, now=NOW + timedelta(days=1))
    today = SearchTally.objects.filter(day=NOW.date())
    assert (today.count(), today.get(words="").searches, today.get(words="mug").searches) == (MAX_DAILY_ROWS + 1, 2, 2)
    assert SearchTally.objects.filter(words="lamp").count() == 1


def test_photo_searches_are_counted_separately() -> None:
    count_photo_search(found=True, now=NOW)
    count_photo_search(found=False, now=NOW)
    count_text_search("a@b", found=True, now=NOW)
    (photos,) = SearchTally.objects.by_photo()
    assert (photos.searches, photos.unanswered) == (2, 1)
    assert [each.searches for each in SearchTally.objects.by_words()] == [1]


def test_days_follow_the_shops_time_zone() -> None:
    with timezone.override("Pacific/Auckland"):  # already the next day
        count_text_search("mug", found=True, now=NOW)
    assert SearchTally.objects.get().day == (NOW + timedelta(days=1)).date()


def test_counts_are_deleted_after_a_year() -> None:
    for days in (0, 366, 367):
        count_text_search("mug", found=True, now=NOW - timedelta(days=days))
    assert delete_old_searches(NOW) == 1
    assert SearchTally.objects.count() == 2
    assert forget_searches_task.name in {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_counting_takes_one_statement(django_assert_num_queries: Any) -> None:
    for _ in range(2):
        with django_assert_num_queries(1):
            count_text_search("mug", found=True, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_concurrent_searches_are_all_counted() -> None:
    def search(which: int) -> None:
        for _ in range(20):
            count_text_search("mug", found=which > 0, now=NOW)

    assert race(4, search) == [None] * 4
    assert counted() == [("mug", 80, 20)]
