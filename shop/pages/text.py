"""From the text of a page to HTML: headings, lists, paragraphs and links. Everything else is escaped."""

from __future__ import annotations

import re
from itertools import groupby

from django.utils.html import escape, urlize
from django.utils.safestring import SafeString

from shop.storefront.models import ShopSettings

KINDS = {"## ": "h3", "# ": "h2", "- ": "ul", "* ": "ul"}
LABEL = re.compile(r"[^.{}]{0,40}: \{[a-z ]+\}")  # such as Telephone: {phone}
NUMBER = re.compile(r"\d{1,3}[.)] ")


def filled_in(text: str, shop: ShopSettings) -> str:
    """Put the shop's settings in the places that name them. *Telephone: {phone}* goes if there is none."""
    values = {
        "{name}": shop.name, "{address}": shop.address or shop.name, "{email}": shop.email, "{phone}": shop.phone,
        "{tax number}": shop.tax_number,
    }  # fmt: skip
    empty = tuple(place for place, value in values.items() if not value)
    lines = [line for line in text.splitlines() if not (line.endswith(empty) and LABEL.fullmatch(line))]
    text = "\n".join(lines)
    for place, value in values.items():
        text = text.replace(place, value)
    return text


def as_html(text: str) -> SafeString:
    """Return the text as HTML."""
    parts = []
    for kind, lines in groupby(text.splitlines(), key=_kind):
        contents = [_content(line, kind) for line in lines]
        if kind in ("ul", "ol"):
            items = "".join(f"<li>{each}</li>" for each in contents)
            parts.append(f"<{kind}>{items}</{kind}>")
        elif kind == "p":
            parts.append(f"<p>{'<br>'.join(contents)}</p>")
        elif kind:
            parts += [f"<{kind}>{each}</{kind}>" for each in contents]
    return SafeString("\n".join(parts))


def _kind(line: str) -> str:
    """Return the element of the line, or nothing for an empty line."""
    if not line.strip():
        return ""
    if NUMBER.match(line):
        return "ol"
    return next((kind for mark, kind in KINDS.items() if line.startswith(mark)), "p")


def _content(line: str, kind: str) -> str:
    if kind == "ol":
        line = NUMBER.sub("", line, count=1)
    elif kind != "p":
        line = line.lstrip("#-* ")
    return str(urlize(escape(line.strip())))
