"""The vocabulary: counted by a task, read by searches."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from catalog.models import Product, VocabularyCount, VocabularyWord, WordList
from catalog.search import count_words
from catalog.search.languages import stem
from catalog.search.vocabulary import idf, vocabulary
from catalog.tasks import count_words as count_words_task
from shop.celery import app
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


def counted() -> dict[str, tuple[int, int]]:
    return {row.word: (row.products, row.named) for row in VocabularyWord.objects.all()}


def test_words_are_counted_by_product() -> None:
    kitchen = CategoryFactory(name="Kitchen")
    ProductFactory(title="Mug, mug and MUG", description="A mug.", category=kitchen)
    ProductFactory(title="Café table 4711", description="A round table.", category=kitchen)
    ProductFactory(title="Secret", status=Product.Status.DRAFT)
    assert count_words(timezone.now()) == len(counted())
    found = counted()
    assert found["mug"][1] == 2  # never more than products
    assert (found["kitchen"], found["café"], found["round"]) == ((2, 2), (1, 1), (1, 0))
    assert not {"4711", "secret", "a"} & found.keys()


def test_products_are_counted_again_only_after_a_change(django_assert_num_queries: Callable[..., Any]) -> None:
    now = timezone.now()
    ProductFactory(title="Mug")
    assert count_words(now)
    with django_assert_num_queries(2):
        assert count_words(now) is None
    ProductFactory(title="Teapot")
    assert count_words(now + timedelta(minutes=5))
    assert "teapot" in counted()
    assert VocabularyCount.objects.get().products == 2


def test_a_long_count_is_not_repeated_at_once() -> None:
    now = timezone.now()
    count_words(now)
    VocabularyCount.objects.update(seconds=30)
    ProductFactory(title="Mug")
    assert count_words(now + timedelta(minutes=10)) is None
    assert count_words(now + timedelta(minutes=51))


def test_words_are_counted_daily_in_any_case() -> None:
    now = timezone.now()
    count_words(now)
    assert count_words(now + timedelta(hours=23)) is None
    assert count_words(now + timedelta(hours=25)) is not None


def test_a_search_reads_the_vocabulary_once(django_assert_num_queries: Callable[..., Any]) -> None:
    ProductFactory(title="Mug")
    count_words(timezone.now())
    vocabulary()
    with django_assert_num_queries(0):
        assert vocabulary().has("mugs")


def test_rare_words_say_more_than_frequent_ones() -> None:
    for number in range(9):
        ProductFactory(title=f"Blue mug {number}" if number else "Blue teapot")
    count_words(timezone.now())
    assert 0 <= idf("blue") < idf("mugs") < idf("teapot") < idf("piano") <= 1
    assert vocabulary().frequency("mug") == 8


def test_every_word_is_rare_in_an_empty_shop() -> None:
    assert idf("mug") == 1


def test_the_timetable_counts_words_and_prepares_the_lists() -> None:
    assert "catalog.tasks.count_words" in {entry["task"] for entry in app.conf.beat_schedule.values()}
    ProductFactory(title="Mug")
    count_words_task()
    count_words_task()
    assert "mug" in counted()
    assert set(WordList.objects.values_list("language", flat=True)) == {"en", "de", "fr"}


@pytest.mark.parametrize(
    ("language", "word", "expected"),
    [
        ("en", "tables", "tabl"),
        ("en", "the", ""),
        ("de", "stuhle", "stuhl"),
        ("de", "und", ""),
        ("de", "the", "the"),
        ("de-at", "tassen", "tass"),
        ("fr", "chaises", "chais"),
        ("fr", "avec", ""),
        ("ja", "tables", "tables"),
        ("en", "стол", "стол"),
        ("ru", "столы", "стол"),
        ("en", "4711", "4711"),
    ],
)
def test_words_are_stemmed_in_the_language_of_the_shop(language: str, word: str, expected: str) -> None:
    with override_settings(REQUESTED_LANGUAGE=language):
        assert stem(word) == expected
