"""Names of countries, in the visitor's language, by their two letters (ISO 3166-1)."""

from functools import cache

from babel.core import Locale, UnknownLocaleError
from django.utils.translation import get_language, to_locale


@cache
def _territories(language: str) -> dict[str, str]:
    try:
        locale = Locale.parse(to_locale(language))
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    return {
        code: name for code, name in locale.territories.items() if len(code) == 2 and code not in ("EU", "UN", "ZZ")
    }


def country_name(code: str) -> str:
    """The country's name, or the code where nobody knows it."""
    return _territories(get_language() or "en").get(code, code)


def is_country(code: str) -> bool:
    return code in _territories("en")
