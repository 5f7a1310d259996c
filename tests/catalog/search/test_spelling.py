"""Typos: which words are corrected, which are only offered, and by what."""

import pytest
from django.utils import timezone

from catalog.models import Product
from catalog.search import count_words, dictionary, find
from catalog.search.spelling import compounds, corrected, suggestions
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    kitchen = CategoryFactory(name="Kitchen")
    for title in (
        "Willow basket",
        "Mug",
        "Mug, blue",
        "Jug",
        "Cane chair",
        "Stool",
        "Trio of candles",
        "Rook",
        "Plug",
    ):
        ProductFactory(title=title, category=kitchen, description="The life of trout.")
    ProductFactory(title="Trout platter", brand="The Tides", category=kitchen)
    count_words(timezone.now())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kug", "jug"),
        ("gmug", "mug"),
        ("stol", "stool"),
        ("tsool", "stool"),
        ("chiar", "chair"),
        ("baskrt", "basket"),  # r is next to e
        ("vasket", "basket"),
        ("plater", "platter"),  # in a list of rare words
        ("trvo", "trio"),
        ("tdes", "tides"),
        ("Kitchne", "kitchen"),
    ],
)  # fmt: skip
def test_a_typo_is_corrected(typed: str, meant: str) -> None:
    found = suggestions(typed)
    assert not found.exists
    assert meant in found.words[:2]


@pytest.mark.parametrize(
    "word",
    [
        "pillow", "rug", "carpet", "knife", "towel", "bed", "fork", "curtain", "sofa", "couch", "cable", "lamp",
        "book", "school", "boot", "bucket", "casket", "kitten", "plan", "trip", "cook", "hair", "jog", "bugs", "mud",
        "rook", "stuhl", "tasse", "chaise", "gabel", "sneakers", "hoodie",
        "barstool", "barstools", "cots", "lawnmower", "tshirt", "nightstand",
    ],
)  # fmt: skip
def test_a_word_of_a_language_is_never_replaced(word: str) -> None:
    assert suggestions(word).exists
    assert corrected([word]) == word


def test_neighbours_of_a_word_are_offered() -> None:
    assert suggestions("pillow").words[0] == "willow"


@pytest.mark.parametrize("word", ["basket", "baskets", "bask", "willow", "trout", "kitchen"])
def test_a_word_that_the_shop_knows_has_no_suggestions(word: str) -> None:
    assert suggestions(word) == (word, True, ())


def test_the_rest_of_the_query_decides_between_corrections() -> None:
    for number in range(3):
        ProductFactory(title=f"Dish {number}")
    ProductFactory(title="Disc of marble")
    count_words(timezone.now(), force=True)
    assert suggestions("disq").words[:2] == ("dish", "disc")
    found = find(Product.objects.all(), "disq marble")
    assert (found.corrected_query, next(each.title for each in found.products)) == ("disc marble", "Disc of marble")


@pytest.mark.parametrize("word", ["", "a", "ab", "12", "x" * 500, "🧺", "b4sket", "'; --", "zzzzzz"])
def test_nothing_is_suggested_for_what_is_no_word(word: str) -> None:
    assert suggestions(word).words == ()


def test_words_of_descriptions_are_known_but_not_suggested() -> None:
    assert suggestions("lfe").words == ()
    assert suggestions("life").words == ()


def test_prepared_lists_answer_like_the_unpacked_ones() -> None:
    words = ("pillow", "stuhl", "chaise", "xqzt", "schussel", "theiere")
    before = [dictionary.languages_of(word) for word in words]
    dictionary.prepare()
    dictionary._load.cache_clear()
    assert [dictionary.languages_of(word) for word in words] == before
    assert before == [("en",), ("de",), ("en", "fr"), (), ("de",), ("fr",)]
    dictionary._load.cache_clear()


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("tea pot", [((0, 1), "teapot")]),
        ("green tea pot", [((1, 2), "teapot")]),
        ("mugtree", [((0,), "mug tree")]),
        ("blumentopf", [((0,), "blumen topf")]),
        ("kerzenstander", [((0,), "kerzen stander")]),
        ("carpet", []),
        ("teapot", []),
        ("zzzzzz", []),
    ],
)
def test_compounds_are_split_and_joined(query: str, parts: list[tuple[tuple[int, ...], str]]) -> None:
    for title in ("Teapot", "Set of book ends", "Mug tree", "Car for a pet", "Blumen im Topf", "Kerzen", "Ständer"):
        ProductFactory(title=title)
    count_words(timezone.now(), force=True)
    assert [(each.positions, each.alternatives[0][0]) for each in compounds(query.split())] == parts
