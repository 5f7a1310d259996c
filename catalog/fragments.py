"""Small pieces of HTML, rendered once and kept in memory by everything that they show.

A fragment's template gets the given facts and nothing else: no request, no row, no token. So the same facts always
give the same HTML, nothing needs to be invalidated, and visitors can share it.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from django.template.loader import get_template
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

MAX_FRAGMENTS = 8_192  # per process, about 1 KB each


def fragment(template: str, **facts: Hashable) -> SafeString:
    """Render the template with these facts, in the current language."""
    return _rendered(template, tuple(facts.items()), get_language(), get_script_prefix())


@lru_cache(maxsize=MAX_FRAGMENTS)
def _rendered(
    template: str, facts: tuple[tuple[str, Hashable], ...], _language: str | None, _script_prefix: str
) -> SafeString:
    return SafeString(get_template(template).render(dict(facts)))  # already safe, which its type hides
