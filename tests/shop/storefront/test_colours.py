"""Text stays readable in every colour that an owner can choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.storefront.colours import (
    INK,
    MIN_BACKGROUND,
    PAPER,
    TEXT,
    contrast,
    dark_shades,
    is_colour,
    light_shades,
    readable,
    style_sheet,
)  # fmt: skip

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(("one", "other", "expected"), [("#ffffff", "#000000", 21), ("#777777", "#777777", 1)])
def test_contrast_is_that_of_the_guidelines(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(expected)


@given(COLOURS, COLOURS)
def test_light_text_is_readable(accent: str, background: str) -> None:
    if contrast(background, INK) < MIN_BACKGROUND:
        background = ""
    shades = light_shades(accent, background)
    for ground in ("#ffffff", shades.get("paper", PAPER), shades["accent-soft"]):
        assert contrast(shades["accent"], ground) >= TEXT
        assert contrast(INK, ground) >= TEXT
    assert contrast(shades["on-accent"], shades["accent"]) >= TEXT
    assert contrast(shades["on-accent"], shades["accent-strong"]) >= TEXT


@given(COLOURS, COLOURS)
def test_dark_text_is_readable(accent: str, background: str) -> None:
    shades = dark_shades(accent, background)
    for name in ("paper", "surface", "sunken", "accent-soft"):
        assert contrast(shades["accent"], shades[name]) >= TEXT
        assert contrast("#e9eeeb", shades[name]) >= TEXT
    assert contrast(shades["on-accent"], shades["accent"]) >= TEXT
    assert contrast(shades["on-accent"], shades["accent-strong"]) >= TEXT


def test_readable_keeps_a_colour_that_is_readable() -> None:
    assert readable("#12453b", ["#ffffff"]) == "#12453b"


def test_a_colour_that_was_not_chosen_stays_standard() -> None:
    assert "--paper" not in style_sheet("#d6336c", "")
    assert light_shades("", "") == dark_shades("", "") == {}


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "#123456;", "#123456\n", "url(x)"])
def test_only_six_digits_are_a_colour(text: str) -> None:
    assert not is_colour(text)
