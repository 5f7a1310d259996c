"""Tokenizing of all scripts and punctuation."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.terms import terms, words
from catalog.search.vectors import vector
from catalog.text.folding import fold


def spellings(text: str) -> set[str]:
    """Return all lexemes indexed for a text."""
    found = set()
    for term in terms(text):
        found |= {spelling for part in term.parts for spelling in part}
        found |= {*term.wholes, *term.ends}
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WD-40", {"wd", "40", "wd40"}),
        ("wd40", {"wd", "40", "wd40"}),
        ("Node.js", {"node", "js", "nodejs"}),
        ("Sugar/Milk", {"sugar", "milk", "sugarmilk"}),
        ("Marks&Tie", {"marks", "tie", "markstie"}),
        ("D’Angelo", {"d", "angelo", "dangelo"}),
        ("small_cup", {"small", "cup", "smallcup"}),
        ("2,5 l", {"2.5", "l"}),
        ("USB 3.0", {"usb", "3.0", "3"}),
        ("20.000 mAh", {"20.000", "20000", "mah"}),
        ("230V/5A", {"230", "v", "5", "a", "230v5a", "v5a", "5a"}),
        ("24/7", {"24", "7"}),
        ("60×40", {"60", "x", "40", "60x40", "x40"}),
        ("1.2.3", {"1", "2", "3", "1.2.3"}),
        ("x2.5", {"x", "2.5", "x2.5"}),
        ("40%-Silk", {"40", "silk"}),
        ("½", {"1", "2"}),
        ("m²", {"m", "2", "m2"}),
        ("C++", {"c", "c++"}),
        ("Acme™ lamp", {"acme", "lamp"}),
        ("陶器茶碗", {"陶器", "器茶", "茶碗", "碗"}),
        ("पानी", {"पानी"}),
        ("שָׁלוֹם", {"שלום"}),
        ("قَهْوَة", {"قهوه"}),
        ("ΚΑΦΕΣ", {"καφεσ"}),
        ("١٢٣", {"123"}),
        ("★", {"★"}),
        ("...", set()),
    ],
)
def test_terms_have_parts_and_joined_spellings(text: str, expected: set[str]) -> None:
    assert spellings(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Crème", "CREME"),
        ("Crème", unicodedata.normalize("NFD", "crème")),
        ("ＡＢＣ１２", "abc12"),
        ("Straße", "STRASSE"),
        ("İzmir", "izmir"),
        ("ILIK", "ılık"),
        ("ΚΑΦΕΣ", "καφές"),
        ("قَهْوَة", "قهوة"),
        ("کتاب", "كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("ガラス", unicodedata.normalize("NFD", "ｶﾞﾗｽ")),
        ("น้ำ", unicodedata.normalize("NFKD", "น้ำ")),
        ("Ærø smørrebrød", "aero smorrebrod"),
        ("soft\u00adware\u200b", "software"),
        ("Żółw", "zolw"),
    ],
)
def test_fold_makes_equivalent_spellings_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("ガラス", "カラス"), ("किताब", "कताब"), ("ป่า", "ปา")])
def test_fold_keeps_marks_that_distinguish_words(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=40))
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=40))
def test_folding_does_not_change_terms(text: str) -> None:
    assert terms(fold(text)) == terms(text)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@given(text=st.text(max_size=40))
def test_terms_do_not_depend_on_the_unicode_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> None:
    assert spellings(unicodedata.normalize(form, text)) == spellings(text)


def test_words_keep_their_spelling() -> None:
    assert words("Crème, BRÛLÉE! 1,5 l WD-40 क़िताब") == ["crème", "brûlée", "1,5", "l", "wd", "40", "क़िताब"]
    assert words("★!") == ["★"]
    assert words(" ... ") == []


def test_vector_stays_within_the_database_limits() -> None:
    long = " ".join(f"word{number}" for number in range(60_000))
    made = vector(title="t" * 200, brand="", skus="\n".join(["S-1"] * 1000), keywords="k " * 10_000, description=long)
    assert len(made) < 1_000_000
    assert "'t" in made
