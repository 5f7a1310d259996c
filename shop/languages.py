"""The languages that the shop is offered in: those into which every sentence of it is translated.

A page mixes two languages where Django, its packages and the shop are not translated into the same ones. So a language
is listed here once `locale/<code>/` translates all of the shop; a test reads the catalogues and holds the list to it.
"""

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import get_supported_language_variant

TRANSLATED = ["en"]


def languages(wanted: str) -> list[tuple[str, str]]:
    """Return the codes and names for the setting LANGUAGES; with the variant that the owner wants, such as en-gb."""
    is_variant = wanted in LANG_INFO and wanted.partition("-")[0] in TRANSLATED
    codes = [*TRANSLATED, wanted] if is_variant else TRANSLATED
    return [(code, LANG_INFO[code]["name"]) for code in dict.fromkeys(codes)]


def offered(code: str) -> str:
    """Return the offered language that comes closest to `code`, which may be an old choice."""
    try:
        return get_supported_language_variant(code)
    except LookupError:
        return settings.LANGUAGE_CODE
