"""The parser: one test for each thing it understands."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog.search import Query, understand
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    kitchen = CategoryFactory(name="Kitchen")
    mugs, glasses = (CategoryFactory(name=name, parent=kitchen) for name in ("Mugs", "Glasses"))
    lamps = CategoryFactory(name="Table Lamps")
    ProductFactory(category=mugs, attributes={"colour": "red"}, brand="Pell & Sons")
    ProductFactory(category=glasses, attributes={"material": "glass", "colour": "light blue"})
    ProductFactory(category=lamps, brand="Under Armour")


def kinds(query: Query) -> list[str]:
    return [name.label for name in query.categories]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("mug under 20", None, 20), ("mug below €20", None, 20), ("mug less than 20 euros", None, 20),
        ("mug up to 19,90", None, "19.90"), ("mug max 1,000", None, 1000), ("mug €80", None, 80),
        ("80€ mug", None, 80),
        ("mug over 20", 20, None), ("mug at least 20", 20, None), ("mug between 20 and 30", 20, 30),
        ("mug 20 to 30", 20, 30), ("mugs 15-20", 15, 20), ("mug €15-€20", 15, 20), ("mug from 20 to 30", 20, 30),
        ("Becher unter 20", None, 20), ("Becher ab 20 Euro", 20, None), ("Becher zwischen 20 und 30", 20, 30),
        ("tasse moins de 20", None, 20), ("tasse entre 20 et 30", 20, 30), ("mug", None, None),
        ("lamp under 20 cm", None, None), ("mug 300 ml", None, None), ("mug 555-01", None, None),
        ("mug 42", None, None),
        ("under armour", None, None), ("mug under", None, None),
    ],
)  # fmt: skip
def test_parser_reads_prices(text: str, low: object, high: object) -> None:
    query = understand(text)
    wanted = [None if each is None else Decimal(str(each)) for each in (low, high)]
    assert [query.min_price, query.max_price] == wanted


@pytest.mark.parametrize("text", ["mug on sale", "reduced mugs", "discounted mug", "Becher im Angebot", "mug soldes"])
def test_parser_reads_that_it_must_be_reduced(text: str) -> None:
    query = understand(text)
    assert query.is_reduced
    assert "Mugs" in kinds(query)


@pytest.mark.parametrize("text", ["mug in stock", "available mugs", "mug auf Lager", "mug en stock"])
def test_parser_reads_that_it_must_be_in_stock(text: str) -> None:
    assert understand(text).in_stock


def test_parser_reads_cheap_and_expensive_as_an_order() -> None:
    assert understand("cheapest mug").is_cheap
    assert understand("mug pas cher").is_cheap
    assert understand("not expensive mug").is_cheap
    assert understand("luxury mug").is_expensive


@pytest.mark.parametrize(
    "text",
    ["mug not red", "mug without red", "mug no red", "mug -red", "mug but not red", "mug ohne red", "mug sans red"],
)
def test_parser_reads_what_is_excluded(text: str) -> None:
    query = understand(text)
    assert [part.text for part in query.excluded] == ["red"]
    assert kinds(query) == ["Mugs"]


def test_parser_excludes_a_second_value_after_or() -> None:
    query = understand("mug not red or light blue")
    assert [part.text for part in query.excluded] == ["red", "light blue"]


def test_parser_finds_categories_in_singular_and_plural_and_by_their_last_word() -> None:
    assert kinds(understand("mug")) == kinds(understand("MUGS")) == ["Mugs"]
    assert kinds(understand("lamps")) == ["Table Lamps"]


def test_a_value_before_a_category_describes_it() -> None:
    query = understand("glass lamp")
    assert (kinds(query), [name.label for name in query.values]) == (["Table Lamps"], ["glass"])
    assert "Glasses" in kinds(understand("red glass"))


@pytest.mark.parametrize("text", ["mug and lamp", "mug or lamp", "mug/lamp", "mug lamp", "mug & lamp", "mug, lamp"])
def test_two_categories_are_asked_for_together(text: str) -> None:
    assert kinds(understand(text)) == ["Mugs", "Table Lamps"]


def test_what_follows_a_preposition_is_no_kind() -> None:
    assert kinds(understand("lamp for the kitchen")) == ["Table Lamps"]
    assert kinds(understand("mug to put beside a lamp")) == ["Mugs"]


def test_a_brand_stays_in_one_piece() -> None:
    query = understand("pell & sons mug under 20")
    assert query.brands == ("Pell & Sons",)
    assert kinds(query) == ["Mugs"]
    assert understand("under armour").brands == ("Under Armour",)


def test_a_quoted_phrase_is_one_part() -> None:
    assert "not for sale" in [part.text for part in understand('mug "not for sale"').parts]


def test_a_number_and_its_unit_are_one_part() -> None:
    assert "300ml" in [part.text for part in understand("300 ml mug").parts]


def test_words_of_questions_say_nothing() -> None:
    query = understand("where can I find a nice mug please")
    assert [part.text for part in query.parts] == ["mug"]


def test_each_chip_removes_its_part() -> None:
    query = understand("red mug under €20 in stock not glass")
    assert [(each.kind, each.label, each.rest) for each in query.understood] == [
        ("attribute", "Red", "mug under €20 in stock not glass"),
        ("category", "Mugs", "red under €20 in stock not glass"),
        ("price", "Up to €20", "red mug in stock not glass"),
        ("in_stock", "In stock", "red mug under €20 not glass"),
        ("not", "Not glass", "red mug under €20 in stock"),
    ]


def test_a_chip_leaves_no_and_behind() -> None:
    assert [each.rest for each in understand("mug and lamp").understood] == ["lamp", "mug"]


@hypothesis_settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("€$£0123456789-.,'/&+ \"“”«notunderbwithandmug\0"), max_size=60))
def test_parser_survives_any_text(text: str) -> None:
    for each in understand(text).understood:
        assert len(each.rest) <= len(text)
