"""The languages of the shop: those with a complete translation in `locale/`.

Pages would mix languages if Django offered one that the shop is not fully translated into. A test compares the list
with the catalogues.
"""

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import get_supported_language_variant

TRANSLATED = ["en"]


def languages(requested: str) -> list[tuple[str, str]]:
    """Return codes and names for the setting LANGUAGES, including a requested variant such as en-gb."""
    is_variant = requested in LANG_INFO and requested.partition("-")[0] in TRANSLATED
    codes = [*TRANSLATED, requested] if is_variant else TRANSLATED
    return [(code, LANG_INFO[code]["name"]) for code in dict.fromkeys(codes)]


def offered(code: str) -> str:
    """Return the closest offered language. `code` may be a language that is no longer offered."""
    try:
        return get_supported_language_variant(code)
    except LookupError:
        return settings.LANGUAGE_CODE
