"""The next smaller and larger sizes, by the names of values."""

import pytest

from visualsearch.sizes import next_sizes


@pytest.mark.parametrize(
    ("own", "others", "smaller", "larger"),
    [
        ("M", ["S", "XL", "L", "M"], "S", "L"),
        ("3XL", ["L", "XXL", "4XL"], "XXL", "4XL"),
        ("Medium", ["small", "Large", "XL"], "small", "Large"),
        ("300 ml", ["420 ml", "1 l", "200 ml", "500 ml"], "200 ml", "420 ml"),
        ("0.5 l", ["330 ml", "1 l"], "330 ml", "1 l"),
        ("90 cm", ["0,8 m", "36 inch", "1 m"], "0,8 m", "36 inch"),
        ("160 x 230 cm", ["80 × 150 cm", "200 × 300 cm", "200 cm"], "80 × 150 cm", "200 × 300 cm"),
        ("1 kg", ["1,500 g", "0.750 kg"], "0.750 kg", "1,500 g"),
        ("38", ["37", "44", "39.5"], "37", "39.5"),
        ("XXL", ["M", "44"], "M", None),
        ("one size", ["XL"], None, None),
        ("40", ["42 cm"], None, None),
        ("2 l", ["3 kg", "1 cm"], None, None),
        ("1 x 2 x 3 x 4 cm", ["5 cm"], None, None),
        ("9" * 5000, ["1" * 6000], None, None),
    ],
)
def test_next_sizes_stay_on_the_scale(own: str, others: list[str], smaller: str | None, larger: str | None) -> None:
    assert next_sizes(own, others) == (smaller, larger)


@pytest.mark.parametrize(("own", "larger"), [("40 cm", "60 cm"), ("40", None), ("S", None), ("4 cats", None)])
def test_values_of_other_attributes_are_sizes_if_they_have_a_unit(own: str, larger: str | None) -> None:
    assert next_sizes(own, ["60 cm", "60", "M", "6 cats"], needs_unit=True).larger == larger
