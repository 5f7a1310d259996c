"""Text normalisation."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.text.cleaning import clean_lines, clean_text

AWKWARD = st.sampled_from("\u200c\u200d\ufe0f\u0308\u094d\xa0\u200b\u180e\u1820\u3164\u200f\U000e0067🏴👩♀aمक \n")
TEXTS = st.text(st.characters() | AWKWARD)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("Ku\u0308che", "Küche"),
        ("K\u212b", "KÅ"),
        ("  Tea\tpot \n", "Tea pot"),
        ("10\xa0kg", "10 kg"),
        ("10\u202fkg\u3000net", "10 kg net"),
        ("SKU-1\u200b", "SKU-1"),
        ("\ufeffSKU-1", "SKU-1"),
        ("Donau\xaddampf", "Donaudampf"),
        ("\u202egpj.exe\u202c", "gpj.exe"),
        ("ספרים\u200f", "ספרים"),
        ("u\u200b\u0308", "ü"),
        ("a\0b\x1bc\ud800", "abc"),
        ("a\u2800\u3164b", "a b"),
        ("a\u200db\u200cc", "abc"),
        ("a\ufe0f\ufe0f", "a\ufe0f"),
        ("\ufe0fa", "a"),
        ("a\U000e0067", "a"),
        ("\u200b \u2060", ""),
    ],
)
def test_clean_text_removes_invisible_characters(typed: str, clean: str) -> None:
    assert clean_text(typed) == clean


@pytest.mark.parametrize(
    "text",
    [
        "½ l",
        "m²",
        "ＡＢＣ",
        "A+++ ★★ <10 °C",
        "می\u200cخواهم",  # Persian: a compound of unjoined parts
        "ه\u200d",  # the initial form of the letter
        "क\u094d\u200dष",  # a half form instead of a ligature
        "क\u094d\u200cष",
        "ශ\u0dca\u200dර\u0dd3",  # Sinhala
        "ന\u0d4d\u200d",  # a Malayalam final consonant
        "👩\u200d👧\u200d👦 ❤\ufe0f\u200d🔥 🧑🏽\u200d🔬",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "葛\U000e0100城",
        "ᠮᠠ\u180eᠠ",
    ],
)
def test_clean_text_keeps_visible_characters_and_needed_joiners(text: str) -> None:
    assert clean_text(text) == text


def test_clean_lines_keeps_lines_spaces_and_direction_marks() -> None:
    assert (
        clean_lines("\nOne  two\xa0kg \r\n\r\n\u200fThree\u200b\u2028Fo\u0308ur\n")
        == "One  two\xa0kg\n\n\u200fThree\nFöur"
    )


@given(TEXTS)
def test_clean_text_is_idempotent(text: str) -> None:
    for clean in (clean_text, clean_lines):
        once = clean(text)
        assert clean(once) == once
        assert unicodedata.is_normalized("NFC", once)
        once.encode()  # no surrogates are left
    assert "\n" not in clean_text(text)
