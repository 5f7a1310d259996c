"""Descriptions in HTML, as other shops export them: only text and its structure is kept.

Paragraphs, lists, headings, tables and emphasis stay. Links become text; scripts, styles, pictures, frames, and every
attribute go. Cleaning twice gives the same text.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

from catalog.text.cleaning import clean_lines

TAGS = frozenset(
    ["p", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "s",
     "sub", "sup", "small", "blockquote", "pre", "code", "table", "caption", "thead", "tbody", "tfoot", "tr", "th",
     "td"]
)  # fmt: skip
HEADING = re.compile(r"<(/?)h([1-6])>")
TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
MEDIA = re.compile(r"<(img|iframe|video|audio|object|embed)\b", re.IGNORECASE)
EMPTY = re.compile(r"<(p|li|h[2-6]|strong|b|em|i|small)>(?:\s|&nbsp;|<br>)*</\1>")
BLOCKS = frozenset(["p", "hr", "ul", "ol", "dl", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table"])
MAX_NESTED_EMPTY = 3
MAX_HTML = 200_000  # characters, without embedded files
DATA = re.compile(r"data:[^\"'()<>\s]+", re.IGNORECASE)
LINES = frozenset(["br", "li", "dt", "dd", "tr", "caption"])


def is_html(text: str) -> bool:
    """Return True if the text contains HTML tags."""
    return bool(TAG.search(text))


def clean_html(text: str) -> str:
    """Return the text and structure of the HTML. Headings start at the second level, below the page's own."""
    cleaned = nh3.clean(text, tags=set(TAGS | {"h1"}), attributes={}, strip_comments=True, link_rel=None)
    levels = sorted({int(level) for _slash, level in HEADING.findall(cleaned)})
    places = {level: min(6, 2 + place) for place, level in enumerate(levels)}
    cleaned = HEADING.sub(lambda tag: f"<{tag[1]}h{places[int(tag[2])]}>", cleaned)
    for _ in range(MAX_NESTED_EMPTY):
        cleaned = EMPTY.sub("", cleaned)
    return clean_lines(cleaned)


def without_data(text: str) -> str:
    """Return the text without embedded files, which editors write in place of pictures."""
    return DATA.sub("", text) if "data:" in text and is_html(text) else text


def count_media(html: str) -> int:
    """Return how many pictures, videos and frames `clean_html` leaves out."""
    return len(MEDIA.findall(html))


def html_text(html: str) -> str:
    """Return cleaned HTML as plain text: a blank line between blocks, a bullet before each item of a list."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return re.sub(r"\n{3,}", "\n\n", clean_lines("\n".join(lines)))


class _TextReader(HTMLParser):
    """Collects the text of cleaned HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append("\n\n" if tag in BLOCKS else "\n" if tag in LINES else "")
        if tag == "li":
            self.parts.append("• ")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("\n\n" if tag in BLOCKS else " " if tag in ("td", "th") else "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data.replace("\n", " "))
