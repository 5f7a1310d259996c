"""Rounding and splitting of amounts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.money import from_minor, quantum, round_amount, split_amount, to_minor

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


@pytest.mark.parametrize(("currency", "smallest"), [("EUR", "0.01"), ("JPY", "1"), ("KWD", "0.01")])
def test_each_currency_has_its_own_precision(currency: str, smallest: str) -> None:
    assert quantum(currency) == Decimal(smallest)


@pytest.mark.parametrize(("amount", "rounded"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("1.004", "1.00")])
def test_halves_are_rounded_away_from_zero(amount: str, rounded: str) -> None:
    assert round_amount(Decimal(amount), "EUR") == Decimal(rounded)


def test_the_largest_remainders_get_the_rest() -> None:
    thirds = split_amount(Decimal("10.00"), [Decimal(1)] * 3, "EUR")
    assert thirds == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert split_amount(Decimal("0.01"), [Decimal(1), Decimal(3)], "EUR") == [Decimal(0), Decimal("0.01")]
    assert split_amount(Decimal("0.05"), [Decimal(0), Decimal(0)], "EUR") == [Decimal("0.05"), Decimal(0)]


def test_splitting_without_weights_is_an_error() -> None:
    with pytest.raises(ValueError, match="without weights"):
        split_amount(Decimal(1), [], "EUR")
    assert split_amount(Decimal(0), [], "EUR") == []


@given(CURRENCIES, st.lists(st.integers(0, 10**7), min_size=1, max_size=12), st.data())
def test_shares_sum_to_the_amount_and_none_exceeds_its_weight(
    currency: str, units: list[int], data: st.DataObject
) -> None:
    weights = [from_minor(each, currency) for each in units]
    amount = from_minor(data.draw(st.integers(0, sum(units))), currency)
    shares = split_amount(amount, weights, currency)
    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))
    assert all(share == round_amount(share, currency) for share in shares)


@given(CURRENCIES, st.integers(-(10**9), 10**9))
def test_minor_units_round_trip_in_the_shop(currency: str, units: int) -> None:
    assert to_minor(from_minor(units, currency), currency) == units
