"""Settings that would only fail in front of a customer, said when the shop starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def site_url_is_set(**kwargs: Any) -> list[CheckMessage]:
    """Without an address of its own, the shop cannot write a link into a mail."""
    if settings.SITE_URL:
        return []
    hint = "Set SITE_URL to the shop's address with its scheme, such as https://shop.example.com."
    return [Warning("SITE_URL is not set, so the links in mails lead nowhere.", hint=hint, id="shop.W001")]


@register
def language_is_complete(**kwargs: Any) -> list[CheckMessage]:
    """An owner who asks for a language that is not translated reads why the pages are in another one."""
    if settings.LANGUAGE_WANTED == settings.LANGUAGE_CODE:
        return []
    wanted, spoken = settings.LANGUAGE_WANTED, settings.LANGUAGE_CODE
    said = f"The shop is not translated into “{wanted}”, so its pages are in “{spoken}”."
    known = ", ".join(code for code, _name in settings.LANGUAGES)
    return [Warning(said, hint=f"Set LANGUAGE_CODE to one of {known}.", id="shop.W002")]
