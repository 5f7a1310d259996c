"""What a product says, as the text of a tsvector. Knows no Django.

Each text lands twice, as English knows its words and as it is written: a word that has no other forms weighs as much
as one that has, and the beginning of a word is found although it has no stem.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from catalog.search.english import stem
from catalog.search.terms import Term, squeezed, symbols, terms

VERSION = 1  # raise it with every change of what is indexed: rows of an older version are indexed anew
LAST_POSITION = 16_383  # of a tsvector; whatever follows shares it
MOST_POSITIONS = 64  # of one lexeme
MOST_BYTES = 500_000  # PostgreSQL takes twice as much
LONGEST_TEXT = 100_000  # characters
# Parts in one piece weigh less than words: “halden” begins both halden and haldenblue of one name.
JOINED = {"A": "C", "B": "D", "D": "D"}
NAMES = "AC"  # the weights of titles, brands and SKUs


def vector(*, title: str, brand: str, skus: str, keywords: str, description: str) -> str:
    """Return the tsvector of a product: its names weigh most, then its category and attributes, then the rest."""
    names, codes = f"{title}\n{brand}", skus.splitlines()
    lexemes = _Lexemes()
    lexemes.add_stems(title, "A")
    lexemes.add_text(names, "A")
    for code in codes:
        lexemes.add_text(code, "A")
        for start, piece in enumerate(squeezed(code)):
            lexemes.add(piece, JOINED["A"] if start else "A")
    for weight, text in (("B", keywords[:LONGEST_TEXT]), ("D", description[:LONGEST_TEXT])):
        lexemes.add_stems(text, weight)
        lexemes.add_text(text, weight)
    return str(lexemes)


class _Lexemes:
    """Lexemes with their positions, each with its weight."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = defaultdict(list)
        self._position = 0
        self._bytes = 0

    def add_stems(self, text: str, weight: str) -> None:
        for term in _all_terms(text):
            for lexeme in () if term.is_run else _stems(term):
                self.add(lexeme, weight)

    def add_text(self, text: str, weight: str) -> None:
        for term in _all_terms(text):
            whole = self._position + 1
            for part in term.parts:
                self._position += 1
                for spelling in part:
                    self._place(spelling, self._position, weight)
            for spelling in (*term.wholes, *term.ends):
                self._place(spelling, self._position if term.is_run else whole, JOINED[weight])
            self._position += 1  # nothing follows a run directly
        for symbol in symbols(text):
            self.add(symbol, weight)

    def add(self, lexeme: str, weight: str) -> None:
        if lexeme:
            self._position += 1
            self._place(lexeme, self._position, weight)

    def _place(self, lexeme: str, position: int, weight: str) -> None:
        places = self._places.get(lexeme, ())
        size = 2 if places else len(lexeme.encode()) + 8
        if self._bytes + size <= MOST_BYTES and len(places) < MOST_POSITIONS:
            self._bytes += size
            self._places[lexeme].append(f"{min(position, LAST_POSITION)}{weight}")

    def __str__(self) -> str:
        return " ".join(f"{quoted(lexeme)}:{','.join(places)}" for lexeme, places in self._places.items())


def quoted(lexeme: str) -> str:
    """Return the lexeme as tsvector and tsquery read it."""
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _all_terms(text: str) -> Iterator[Term]:
    """Terms of a long text, line by line: a line that was seen before is not cut again."""
    for line in text.splitlines():
        yield from terms(line)


def _stems(term: Term) -> Iterator[str]:
    spellings = [*(spelling for part in term.parts for spelling in part), *term.wholes]
    yield from dict.fromkeys(filter(None, map(stem, spellings)))
