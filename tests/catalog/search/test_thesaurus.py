"""What a query also looks for: synonyms, broader words, translations and uses."""

from collections.abc import Callable

import pytest
from django.test import override_settings

from catalog.search.starter import groups
from catalog.search.thesaurus import BROADER, SAME, TRANSLATION, Entry, Thesaurus


def thesaurus(*entries: tuple[str, str, str, str]) -> Thesaurus:
    return Thesaurus(Entry(_split(words), _split(others), kind, language) for words, kind, others, language in entries)


def _split(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(","))


HOUSE = thesaurus(
    ("couch", SAME, "sofa, settee", "en"),
    ("teacup", BROADER, "cup, mug", "en"),
    ("armchair", BROADER, "chair", "en"),
    ("bedside table", BROADER, "side table", "en"),
    ("water plants, plants water", BROADER, "watering can", "en"),
    ("make-up", SAME, "cosmetics", "en"),
    ("t-shirt", SAME, "tee", "en"),
    ("Stuhl, Stühle", TRANSLATION, "chair", "de"),
    ("Sofa", TRANSLATION, "sofa", "de"),
    ("Schüssel", TRANSLATION, "bowl", "de"),
    ("Hose", TRANSLATION, "trousers", "de"),
    ("hosepipe", SAME, "hose", "en"),
    ("chaise", TRANSLATION, "chair", "fr"),
    ("canapé", TRANSLATION, "sofa", "fr"),
    ("four", TRANSLATION, "oven", "fr"),
    ("couche", TRANSLATION, "nappy", "fr"),
    ("trousers", SAME, "pants", "en"),
)


def found(query: str, is_sold: Callable[[str], bool] = lambda _: False) -> dict[str, float]:
    return {text: round(weight, 2) for each in HOUSE.expansions(query.split(), is_sold) for text, weight in each[2]}


@pytest.mark.parametrize(
    ("query", "others"),
    [
        ("couch", {"sofa": 0.9, "settee": 0.9}),
        ("couches", {"sofa": 0.9, "settee": 0.9}),
        ("teacups", {"cup": 0.6, "mug": 0.58}),
        ("chair", {}),
        ("stühle", {"chair": 0.95}),
        ("Stuhl", {"chair": 0.95}),
        ("schuessel", {"bowl": 0.95}),
        ("schussel", {"bowl": 0.95}),
        ("chaises", {"chair": 0.95}),
        ("canape", {"sofa": 0.95, "couch": 0.85, "settee": 0.85}),
        ("bedside tables", {"side table": 0.6}),
        ("bedside", {}),
        ("make tea", {}),
        ("shirt", {}),
        ("t shirts", {"tee": 0.9}),
        ("T-shirts", {"tee": 0.9}),
        ("Make-up", {"cosmetics": 0.9}),
    ],
)
def test_expansions_find_other_words(query: str, others: dict[str, float]) -> None:
    assert found(query) == others


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ("water plants", (0, 1)),
        ("watering my plants", (0, 2)),
        ("plants to water", (0, 2)),
        ("water the big plants", (0, 3)),
        ("water for big green plants", None),
    ],
)
def test_a_phrase_matches_in_any_order_with_a_small_gap(query: str, positions: tuple[int, ...] | None) -> None:
    expansions = HOUSE.expansions(query.split())
    assert [each.positions for each in expansions] == ([positions] if positions else [])


def test_a_longer_phrase_replaces_a_shorter_one_within_it() -> None:
    tables = thesaurus(("table", SAME, "desk", "en"), ("bedside table", BROADER, "nightstand", "en"))
    assert [(each.start, each.end, each.alternatives) for each in tables.expansions(["oak", "bedside", "table"])] == [
        (1, 3, (("nightstand", 0.6),))
    ]


def test_a_word_of_the_shop_counts_more_than_its_meaning_in_another_language() -> None:
    assert found("hose") == {"hosepipe": 0.9, "trousers": 0.95, "pants": 0.85}
    assert found("hose", lambda text: text == "hosepipe") == {"hosepipe": 0.9, "trousers": 0.38, "pants": 0.34}
    assert found("hose", lambda text: text == "trousers") == {"trousers": 0.95, "hosepipe": 0.9, "pants": 0.85}


def test_a_foreign_word_counts_less_among_words_of_the_shop() -> None:
    assert found("four") == {"oven": 0.95}
    assert found("four couch") == {"oven": 0.38, "sofa": 0.9, "settee": 0.9}


def test_a_word_is_no_form_of_a_foreign_word_with_the_same_stem() -> None:
    assert "nappy" not in found("couch")
    assert found("couche") == {"nappy": 0.95}  # no English word is written so


@override_settings(REQUESTED_LANGUAGE="de")
def test_a_german_shop_is_found_in_english_and_french() -> None:
    house = Thesaurus(
        [
            Entry(("Stuhl",), ("chair",), TRANSLATION, "de"),
            Entry(("chaise",), ("chair",), TRANSLATION, "fr"),
            Entry(("couch",), ("settee",), SAME, "en"),
            Entry(("Sofa",), ("settee",), TRANSLATION, "de"),
        ]
    )
    for query, other in (("chairs", "stuhl"), ("chaises", "stuhl"), ("couch", "sofa"), ("Stühle", "chair")):
        assert other in [text for each in house.expansions([query]) for text, _weight in each.alternatives]
    assert "chaise" not in str(house.expansions(["Stuhl"]))  # French helps no German shop


def test_synonyms_do_not_lead_from_one_thing_to_another() -> None:
    glass = thesaurus(
        ("Glas", TRANSLATION, "glass, jar", "de"), ("rug", SAME, "carpet", "en"), ("carpet", SAME, "tile", "en")
    )
    assert "jar" not in str(glass.expansions(["glass"]))
    assert "tile" not in str(glass.expansions(["rug"]))


def test_a_thesaurus_knows_other_forms_of_its_words() -> None:
    assert all(map(HOUSE.knows, ("armchairs", "couch", "plant", "stuhle", "chaise")))
    assert not any(map(HOUSE.knows, ("piano", "chaises")))  # chaises is one only to a French shop


def test_hostile_queries_are_bounded() -> None:
    assert len(HOUSE.expansions(["water", "plants"] * 500)) < 50


def test_every_line_of_the_starter_set_has_two_sides() -> None:
    starter = list(groups())
    assert len(starter) > 2_000
    assert not [each.line for each in starter if not each.words.strip() or not each.synonyms.strip()]
    assert max(len(each.words) for each in starter) < 500
    assert {each.language for each in starter} == {"en", "de", "fr"}


@pytest.mark.parametrize(
    ("query", "unrelated"),
    [("rug", "blanket"), ("bed", "cushion"), ("towel", "basket"), ("knife", "board"), ("sofa", "chair"),
     ("iphone charger", "plate"), ("curtains", "blanket"), ("fork", "plate"), ("laptop", "notebook paper")],
)  # fmt: skip
def test_the_starter_set_finds_nothing_for_what_is_not_sold(query: str, unrelated: str) -> None:
    assert unrelated not in [text for each in starter().expansions(query.split()) for text, _ in each.alternatives]


def starter() -> Thesaurus:
    return Thesaurus(Entry(_split(g.words), _split(g.synonyms), g.kind, g.language) for g in groups())
