"""Larger sizes, by the names of values."""

import pytest

from visualsearch.sizes import next_larger


@pytest.mark.parametrize(
    ("own", "others", "larger"),
    [
        ("M", ["S", "XL", "L", "M"], "L"),
        ("300 ml", ["420 ml", "1 l", "200 ml", "500 ml"], "420 ml"),
        ("38", ["37", "44", "39.5"], "39.5"),
        ("XXL", ["M", "44"], None),
        ("one size", ["XL"], None),
        ("40", ["42 cm"], None),
        ("9" * 5000, ["1" * 6000], None),
    ],
)
def test_next_larger_stays_on_the_scale(own: str, others: list[str], larger: str | None) -> None:
    assert next_larger(own, others) == larger
