"""Suggestions while typing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.throttling import ScopedRateThrottle

from catalog.models import Product, SearchTally, Synonym
from catalog.search import count_words, past_queries, refresh_keywords, suggest
from tests.factories import CategoryFactory, ImageFactory, ProductFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def titles(text: str) -> list[str]:
    return [product.title for product in suggest(Product.objects.all(), text, NOW).products]


def tally(words: str, searches: int = 2, unanswered: int = 0, days: int = 3, kind: str = "words") -> None:
    """Count so many searches a day, on so many days."""
    for ago in range(days):
        SearchTally.objects.create(
            day=(NOW - timedelta(days=ago)).date(), kind=kind, words=words, searches=searches, unanswered=unanswered
        )


def queries(text: str) -> list[str]:
    return suggest(Product.objects.all(), text, NOW).queries


def test_products_in_stock_come_first_then_beginnings_then_best_sellers() -> None:
    for title, sold, stock in (
        ("Blue mug", 5, 3), ("Green mug", 9, 3), ("Mug of oak", 1, 3), ("Mug for soup", 20, 0)
    ):  # fmt: skip
        ProductFactory(title=title, sold_count=sold, stock=stock)
    assert titles("mug") == ["Mug of oak", "Green mug", "Blue mug", "Mug for soup"]


def test_titles_come_before_brands_and_skus() -> None:
    ProductFactory(title="Jar", sku="MUG-1", sold_count=9)
    ProductFactory(title="Blue mug", sold_count=1)
    assert titles("mug") == ["Blue mug", "Jar"]


def test_attributes_suggest_products_where_names_do_not() -> None:
    ProductFactory(title="Sencha bowl", attributes={"colour": "Teal"})
    ProductFactory(title="Sencha cup", attributes={"colour": "Red"})
    refresh_keywords(Product.objects.values_list("pk", flat=True))
    assert titles("teal bow") == titles("tea") == ["Sencha bowl"]
    ProductFactory(title="Teal pot")
    assert titles("tea") == ["Teal pot"]


def test_words_of_the_description_suggest_nothing() -> None:
    ProductFactory(title="Poster", description="Shows a kitchen.")
    assert titles("kitch") == []


def test_all_words_must_match_and_the_last_may_be_unfinished() -> None:
    ProductFactory(title="Blue lantern")
    ProductFactory(title="Blue mug")
    assert titles("blue lan") == ["Blue lantern"]
    assert titles("blue l") == ["Blue lantern", "Blue mug"]  # a letter is too little to tell, but ranks


@pytest.mark.parametrize("text", ["lantren", "lanterm", "BLUUE lantern"])
def test_a_misspelled_word_is_corrected(text: str) -> None:
    ProductFactory(title="Blue lantern")
    count_words(NOW)
    assert titles(text) == ["Blue lantern"]


def test_a_synonym_is_suggested_where_nothing_begins_with_the_words() -> None:
    Synonym.objects.create(words="couch", synonyms="sofa")
    ProductFactory(title="Blue sofa")
    assert titles("blue couch") == ["Blue sofa"]
    ProductFactory(title="Blue couch")
    assert titles("blue couch") == ["Blue couch"]


def test_drafts_are_not_suggested() -> None:
    ProductFactory(title="Lantern", status=Product.Status.DRAFT)
    assert suggest(Product.objects.visible(NOW), "lan", NOW).products == []


@pytest.mark.parametrize("text", ["", " ", "l", "?!", "\0", "%", "__", "a" * 5_000, "la " * 2_000])
def test_hostile_text_is_survived(text: str) -> None:
    ProductFactory(title="Lantern")
    found = suggest(Product.objects.all(), text, NOW)
    assert (found.categories, found.queries) == ([], [])


def test_frequent_successful_searches_are_suggested_most_frequent_first() -> None:
    tally("lamp shade")
    tally("lamp", searches=9)
    tally("blue lamp")
    assert queries("lam") == ["lamp", "lamp shade"]


@pytest.mark.parametrize(
    "rare",
    [{"days": 2, "searches": 50}, {"searches": 1}, {"searches": 3, "unanswered": 1}, {"kind": "photo"}],
    ids=["two days", "three searches", "often missed", "photos"],
)
def test_other_searches_are_not_suggested(rare: dict[str, Any]) -> None:
    tally("lamp of jane doe", **rare)
    assert queries("lam") == []


def test_old_searches_are_not_suggested() -> None:
    tally("lamp")
    later = NOW + past_queries.PERIOD
    assert suggest(Product.objects.all(), "lam", later).queries == []


def test_signs_of_patterns_are_taken_literally() -> None:
    tally("lamp")
    for text in ("l_mp", "%a", "la%"):
        assert past_queries.beginning_with(text, 3, NOW) in ([], ["lamp"])
    assert past_queries._like("a_b%c\\") == "a\\_b\\%c\\\\%"


def test_popular_searches_are_the_most_frequent() -> None:
    tally("vase")
    tally("lamp", searches=9)
    tally("zeppelin", unanswered=2)
    assert past_queries.popular(6, NOW) == ["lamp", "vase"]


def test_a_request_is_bounded(client: Client, django_assert_max_num_queries: Callable[..., Any]) -> None:
    for number in range(30):
        category = CategoryFactory(name=f"Lamps {number}")
        ImageFactory(product=ProductFactory(title=f"Lamp {number}", category=category))
        tally(f"lamp {number}")
    with django_assert_max_num_queries(7):  # throttle included
        results = client.get("/api/v1/search/suggest/", {"q": "lamp"}).json()["results"]
    kinds = [each["kind"] for each in results]
    assert {kind: kinds.count(kind) for kind in kinds} == {"query": 3, "category": 3, "product": 6}


def test_requests_are_throttled(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "suggest", "2/min")
    answers = [client.get("/api/v1/search/suggest/", {"q": "la"}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
