"""Malicious values for every URL and query parameter of the site."""

from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter

from catalog.forms import ProductFilterForm

DIGITS = "9" * 20
# URL-escaped: unreadable text, huge numbers, malformed numbers and very long text.
VALUES = [
    "%00", "a%00b", "%ED%A0%80", "%F4%90%80%80", DIGITS, "9" * 3000, f"-{DIGITS}", "-1", "1e999", "sNaN", "-Infinity",
    "%C2%B2", "%D9%A3", "x" * 3000, "%F0%9F%A7%AA", "' OR 1=1 --", "http://%5B", "%0D%0AX:%20y", "", "1_0",
]  # fmt: skip
PARAMETERS = [
    "q", "page", "page_size", "limit", "offset", "min_price", "max_price", "in_stock", "sort", "category", "viewed",
    "sample", "look", "region", "vector", "network", "image", "thumbnail", "method", "next", "variant", "quantity",
    "format", "days", "from", "until", "start", "end", "period", "key", "email", "country", "voucher_code", "lang",
    "p", "o", "all", "_popup", "_to_field", "_changelist_filters", "app_label", "model_name", "field_name", "term",
]  # fmt: skip


# One of each kind, for tests that would take minutes with all of them.
TELLING = ["%00", "%ED%A0%80", DIGITS, "x" * 3000, "-1"]


def addresses(value: str) -> list[str]:
    """Return every URL of the site, with `value` for each path parameter."""
    found = dict.fromkeys(_below(get_resolver(), "/", value))
    assert len(found) > 150, "the patterns were not found"
    return list(found)


def queries(value: str) -> Iterator[str]:
    """Return query strings that set a few parameters to `value` at a time."""
    names = [*PARAMETERS, *ProductFilterForm.base_fields, *_filters_of_the_admin()]
    for start in range(0, len(names), 24):
        yield "&".join(f"{name}={value}" for name in names[start : start + 24])


def quoted(value: str) -> str:
    """Percent-encode the characters that a URL cannot contain."""
    return quote(value, safe="%")


def _filters_of_the_admin() -> set[str]:
    rows = chain.from_iterable(each.list_filter for each in admin.site._registry.values())
    named = [str(getattr(row, "parameter_name", row[0] if isinstance(row, tuple) else row)) for row in rows]
    return {f"{name}{lookup}" for name in named for lookup in ("", "__exact", "__id__exact", "__gte", "__isnull")}


def _below(resolver: URLResolver, start: str, value: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        address = start + _filled(each, value)
        if isinstance(each, URLResolver):
            yield from _below(each, address, value)
        else:
            yield address


def _filled(pattern: URLPattern | URLResolver, value: str) -> str:
    text = str(pattern.pattern).removeprefix("^").rstrip("$")
    for name, converter in pattern.pattern.converters.items():
        kind = next(key for key in ("int", "str", "slug", "uuid", "path", "") if f"<{key}:{name}>" in text or not key)
        filled = DIGITS if isinstance(converter, IntConverter) and not value.isdigit() else value
        text = text.replace(f"<{kind}:{name}>" if kind else f"<{name}>", quoted(filled))
    if "(?P<" in text:  # a regular expression: its groups
        head = text.partition("(?P<")[0]
        return f"{head}{quoted(value)}/"
    return text.replace("\\", "")
