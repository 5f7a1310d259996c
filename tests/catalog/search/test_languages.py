"""Searches in other languages than the shop's, and shops in other languages than English."""

from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Product
from catalog.search import count_words, find
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def german(settings: Any) -> None:
    settings.REQUESTED_LANGUAGE = "de"
    tableware, home = CategoryFactory(name="Geschirr"), CategoryFactory(name="Wohnen")
    for title, category in (
        ("Große Schüssel", tableware), ("Emaillebecher", tableware), ("Stühle, zwei Stück", home),
        ("Blumentöpfe aus Ton", home), ("Kerzenständer", home), ("Sofa", home),
    ):  # fmt: skip
        ProductFactory(title=title, category=category)
    count_words(timezone.now())


@pytest.fixture
def english() -> None:
    for title in (
        "Chair",
        "Mug",
        "Planter",
        "Candle holder",
        "Sofa",
        "Running shoes",
        "Alarm clock",
        "Bowl",
        "Red lamp",
    ):
        ProductFactory(title=title)
    count_words(timezone.now())


def first(query: str) -> str | None:
    return next((product.title for product in find(Product.objects.all(), query).products), None)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("stuhl", "Stühle, zwei Stück"),
        ("chair", "Stühle, zwei Stück"),
        ("chaises", "Stühle, zwei Stück"),
        ("schüsseln", "Große Schüssel"),
        ("schuessel", "Große Schüssel"),
        ("bol", "Große Schüssel"),
        ("blumentopf", "Blumentöpfe aus Ton"),
        ("flower pot", "Blumentöpfe aus Ton"),
        ("bougeoir", "Kerzenständer"),
        ("couch", "Sofa"),
        ("canapé", "Sofa"),
        ("shcüssel", "Große Schüssel"),
    ],
)
def test_a_german_shop_answers_in_three_languages(german: None, query: str, title: str) -> None:
    assert first(query) == title


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("Stühle", "Chair"),
        ("chaise", "Chair"),
        ("tassen", "Mug"),
        ("Blumentopf", "Planter"),
        ("kerzenstaender", "Candle holder"),
        ("Kerzenständer", "Candle holder"),
        ("canapés", "Sofa"),
        ("Turnschuhe", "Running shoes"),
        ("something to wake me up", "Alarm clock"),
        ("Wecker", "Alarm clock"),
        ("rote Lampe", "Red lamp"),
        ("lampe rouge", "Red lamp"),
        ("couch", "Sofa"),
    ],
)
def test_an_english_shop_answers_in_three_languages(english: None, query: str, title: str) -> None:
    assert first(query) == title


@pytest.mark.parametrize("query", ["teppich", "rug", "bettdecke", "couteau", "laptop", "Vorhang"])
def test_what_is_not_sold_is_not_found_in_any_language(english: None, query: str) -> None:
    assert first(query) is None
