"""The rules of the address validator, country by country."""

import pytest

from shop.postal.rules import check_address, used_fields
from tests.shop.postal.addresses import ACCEPTED, BASE, REFUSED


@pytest.mark.parametrize(("place", "field", "sentence"), REFUSED)
def test_an_undeliverable_address_has_an_error_at_its_field(place: dict[str, str], field: str, sentence: str) -> None:
    _kept, errors = check_address({**BASE, **place})
    assert list(errors) == [field]
    assert sentence in errors[field]


@pytest.mark.parametrize(("place", "postal_code"), ACCEPTED)
def test_addresses_are_accepted_as_their_countries_write_them(place: dict[str, str], postal_code: str) -> None:
    cleaned, errors = check_address({**BASE, **place})
    assert (errors, cleaned["postal_code"], cleaned["country"]) == ({}, postal_code, place["country"].upper())


def test_addresses_are_stored_as_clean_text() -> None:
    place = {"country": "DE", "postal_code": "10115", "city": "Ko\u0308ln\u200b", "line1": "  Lange \u00a0Straße 1 "}
    cleaned, errors = check_address({**BASE, **place})
    assert (errors, cleaned["city"], cleaned["line1"]) == ({}, "Köln", "Lange Straße 1")


def test_a_country_code_may_be_in_lower_case() -> None:
    place = {"country": "de", "city": "Berlin", "postal_code": "10115"}
    cleaned, errors = check_address({**BASE, **place})
    assert (errors, cleaned["country"]) == ({}, "DE")


def test_an_unknown_country_is_refused() -> None:
    assert list(check_address({**BASE, "country": "ZZ", "city": "Town"})[1]) == ["country"]


@pytest.mark.parametrize(("country", "fields"), [
    ("DE", {"postal_code": True, "city": True}), ("US", {"postal_code": True, "city": True, "region": True}),
    ("HK", {"city": False, "region": True}), ("IE", {"postal_code": False, "city": True, "region": False}),
])  # fmt: skip
def test_each_country_uses_its_own_fields(country: str, fields: dict[str, bool]) -> None:
    assert used_fields(country) == fields
