"""What customers ask for is found, measured by the order of the first ten products in the demo catalogue."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from math import log2
from pathlib import Path
from statistics import mean

import pytest
from django.core.cache import caches
from django.db import transaction

from catalog.feed.importer import import_catalog
from catalog.models import Product
from catalog.search import count_words, find
from catalog.search.starter.loading import load_starter_set
from tests.catalog.search.asked import ASKED, grade

DEMO = Path(__file__).parents[3] / "demo" / "catalog.csv"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


pytestmark = pytest.mark.django_db  # without it, these tests alone would use the shop's own database


@pytest.fixture(scope="module", name="answers")
def _answers(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[dict[str, float]]:
    """Yield the gain of each query: 1 is the best order. For a query that should find nothing, 1 or 0."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        load_starter_set()
        import_catalog(DEMO, None, NOW, print)
        caches["local"].clear()
        count_words(NOW, force=True)
        yield {query: gain(query, kinds, condition) for query, kinds, condition in ASKED}
        transaction.set_rollback(True)


def gain(query: str, kinds: str, condition: str) -> float:
    with DEMO.open() as opened:
        grades = {row["product"]: grade(row, kinds, condition) for row in csv.DictReader(opened) if row["title"]}
    found = list(find(Product.objects.visible(NOW), query).products.values_list("slug", flat=True)[:10])
    best = _gain(sorted(grades.values(), reverse=True)[:10])
    return _gain([grades[slug] for slug in found]) / best if best else float(not found)


def _gain(grades: list[int]) -> float:
    return sum((2.0**each - 1) / log2(place) for place, each in enumerate(grades, 2))


def test_search_answers_what_customers_ask(answers: dict[str, float]) -> None:
    worst = sorted(answers.items(), key=lambda each: each[1])[:12]
    assert mean(answers.values()) > 0.93, worst


def test_search_finds_something_of_the_kind_for_nearly_every_query(answers: dict[str, float]) -> None:
    failed = [query for query, value in answers.items() if value < 0.3]
    assert len(failed) <= 3, failed


def test_search_finds_nothing_that_is_not_sold(answers: dict[str, float]) -> None:
    assert [query for query, kinds, _condition in ASKED if not kinds and not answers[query]] == []
