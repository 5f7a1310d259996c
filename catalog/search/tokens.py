"""Split a query into tokens that know their place in the text. Independent of the database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import regex

from catalog.search.languages import shop_language, stem_in
from catalog.search.terms import WORD
from catalog.text.folding import fold

MAX_TOKENS = 16
QUOTED = r"\"[^\"]+\"|“[^”“]+[”“]|„[^“”]+[“”]|«[^»]+»"
TOKEN = regex.compile(
    rf"(?P<quoted>{QUOTED})|(?P<sign>[&+/<>]=?|[€$£¥])(?=\s|$)|(?P<word>(?<![^\s])\p{{L}}{{3,}}(?=/\p{{L}}{{3,}}(?:\s|$))|/(?=\p{{L}}{{3,}}(?:\s|$))|\S+)"
)
EDGES = regex.compile(r"^[\s(\[{'‘’,;:!?.]+|[\s)\]}'‘’,;:!?.]+$")


@dataclass(frozen=True)
class Token:
    """A word or quoted phrase of a query. `ends_clause` is True if a comma or the like follows."""

    text: str
    start: int
    end: int
    is_quoted: bool = False
    is_excluded: bool = False
    ends_clause: bool = False

    @cached_property
    def word(self) -> str:
        return fold(self.text)

    @cached_property
    def key(self) -> tuple[str, ...]:
        return name_key(self.text)


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text. “-glass” is the token “glass”, marked as excluded."""
    found = []
    for match in TOKEN.finditer(text):
        token = _quoted(match) if match["quoted"] else _word(match)
        if token.text:
            found.append(token)
    return found[:MAX_TOKENS]


def name_key(text: str) -> tuple[str, ...]:
    """Return the stems of a text, under which names of categories, values and brands are found."""
    language = shop_language()
    return tuple(stem_in(language, word) for word in WORD.findall(fold(text).replace("'", "")))


def _quoted(match: regex.Match[str]) -> Token:
    return Token(match[0][1:-1].strip(), match.start(), match.end(), is_quoted=True)


def _word(match: regex.Match[str]) -> Token:
    piece = match[0]
    excluded = len(piece) > 2 and piece[0] in "-–−" and piece[1].isalpha()
    bare = EDGES.sub("", piece[1:] if excluded else piece) or (piece if not piece.isascii() else "")
    return Token(bare, match.start(), match.end(), is_excluded=excluded, ends_clause=piece[-1] in ",;")
