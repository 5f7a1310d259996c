"""Build the tsvector of a product. Independent of Django.

Each text is indexed twice, stemmed and as written, so that words without inflections rank like others and prefixes
match even without a stem.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from catalog.search.languages import stem
from catalog.search.terms import Term, piece_of, sku_suffixes

VERSION = 4  # increase with every change to the indexing; older rows are then reindexed
MAX_POSITION = 16_383  # the highest in a tsvector; later lexemes share it
MAX_POSITIONS = 64  # per lexeme
MAX_BYTES = 500_000  # half of PostgreSQL's limit
MAX_TEXT = 100_000  # characters
# Joined parts weigh less than words: a name such as Halden Blue would otherwise match “halden” twice.
JOINED = {"A": "C", "B": "D", "D": "D"}
# Marks of copies: of lexemes of titles, brands and SKUs, and of all lexemes outside the description. An index knows no
# weights, and would have to read each product. No lexeme of a text contains an = besides other characters.
TITLED, NAMED = "=t", "=w"
COUNTED = (NAMED, "=c", "=v")  # marks of the lexemes that `CountedProduct` copies: also categories and values
NAME_WEIGHTS = "AC"  # the weights of titles, brands and SKUs


def vector(*, title: str, brand: str, skus: str, keywords: str, description: str) -> str:
    """Return the tsvector of a product. Names weigh most, then category and attributes, then the description."""
    names, codes = f"{title}\n{brand}", skus.splitlines()
    lexemes = _Lexemes()
    lexemes.add_stems(title, "A")
    lexemes.add_text(names, "A")
    for code in codes:
        lexemes.add_text(code, "A")
        for start, piece in enumerate(sku_suffixes(code)):
            lexemes.add(piece, JOINED["A"] if start else "A")
    named, _newline, marks = keywords.partition("\n")
    lexemes.add_stems(named[:MAX_TEXT], "B")
    lexemes.add_text(named[:MAX_TEXT], "B")
    lexemes.is_named = False
    for mark in marks.split():
        lexemes.add(mark, "B")
    lexemes.add_stems(description[:MAX_TEXT], "D")
    lexemes.add_text(description[:MAX_TEXT], "D")
    return str(lexemes)


class _Lexemes:
    """Lexemes with weighted positions."""

    def __init__(self) -> None:
        self.is_named = True
        self._places: dict[str, list[str]] = defaultdict(list)
        self._position = 0
        self._bytes = 0

    def add_stems(self, text: str, weight: str) -> None:
        for piece in text.split():
            for lexeme in _indexed(piece).stems:
                self.add(lexeme, weight)

    def add_text(self, text: str, weight: str) -> None:
        for piece in text.split():
            indexed = _indexed(piece)
            for offset, lexeme, is_joined in indexed.places:
                self._place(lexeme, self._position + offset, JOINED[weight] if is_joined else weight)
            self._position += indexed.width

    def add(self, lexeme: str, weight: str) -> None:
        if lexeme:
            self._position += 1
            self._place(lexeme, self._position, weight)

    def _place(self, lexeme: str, position: int, weight: str) -> None:
        self._put(lexeme, position, weight)
        if self.is_named:
            self._put(NAMED + lexeme, position, weight)
            if weight == "A":
                self._put(TITLED + lexeme, position, weight)

    def _put(self, lexeme: str, position: int, weight: str) -> None:
        places = self._places.get(lexeme, ())
        size = 2 if places else len(lexeme.encode()) + 8
        if self._bytes + size <= MAX_BYTES and len(places) < MAX_POSITIONS:
            self._bytes += size
            self._places[lexeme].append(f"{min(position, MAX_POSITION)}{weight}")

    def __str__(self) -> str:
        return " ".join(f"{quoted(lexeme)}:{','.join(places)}" for lexeme, places in self._places.items())


def quoted(lexeme: str) -> str:
    """Quote a lexeme for a tsvector or tsquery."""
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


class _Indexed(NamedTuple):
    """Stems, and places of lexemes: position, lexeme and whether it joins several parts."""

    stems: tuple[str, ...]
    places: tuple[tuple[int, str, bool], ...]
    width: int


@lru_cache(maxsize=10_000)
def _indexed(text: str) -> _Indexed:
    stems: list[str] = []
    places: list[tuple[int, str, bool]] = []
    position, piece = 0, piece_of(text)
    for term in piece.terms:
        whole = position + 1
        for part in term.parts:
            position += 1
            places += [(position, spelling, False) for spelling in part]
        places += [(position if term.is_run else whole, each, True) for each in (*term.wholes, *term.ends)]
        position += 1  # separates the run from the next term
        stems += () if term.is_run else _stems(term)
    for symbol in piece.symbols:
        position += 1
        places.append((position, symbol, False))
    return _Indexed(tuple(stems), tuple(places), position)


def _stems(term: Term) -> Iterator[str]:
    spellings = [*(spelling for part in term.parts for spelling in part), *term.wholes]
    yield from dict.fromkeys(filter(None, map(stem, spellings)))
