"""The parser: from the text of a query to what it asks for.

First it takes out what filters: prices, “on sale”, “in stock”, “not red”. What is left becomes parts: names of the
shop (categories, attribute values, brands), whatever the thesaurus knows, and single words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from catalog.search import grammar
from catalog.search.amounts import UNITS, phrase_at, price_at
from catalog.search.chips import Found, chips
from catalog.search.names import NameIndex, names
from catalog.search.query import Part, Query
from catalog.search.reading import Words, excluded_part, read_parts
from catalog.search.tokens import Token, tokenize
from catalog.text.cleaning import clean_text

MAX_QUERY_LENGTH = 200  # characters
MAX_NAME_TOKENS = 4
SWITCHES = {
    "cheap": grammar.CHEAP,
    "expensive": grammar.EXPENSIVE,
    "reduced": grammar.REDUCED,
    "in_stock": grammar.IN_STOCK,
}


def understand(text: str) -> Query:
    """Parse a query."""
    typed = clean_text(text[:MAX_QUERY_LENGTH].replace("\0", " "))
    tokens = tokenize(typed)
    known = names()
    reader = _Reader(tokens, known)
    reader.read()
    parts = read_parts(reader.words, known)
    found = [*reader.found, *(Found.of_part(part, spans) for part, spans in parts)]
    return Query(
        text=typed,
        parts=tuple(part for part, _spans in parts),
        excluded=tuple(reader.excluded),
        min_price=reader.min_price,
        max_price=reader.max_price,
        is_cheap="cheap" in reader.switches,
        is_expensive="expensive" in reader.switches,
        is_reduced="reduced" in reader.switches,
        in_stock="in_stock" in reader.switches,
        understood=chips(typed, tokens, found),
    )


@dataclass
class _Reader:
    """Reads tokens from left to right and takes out the filters."""

    tokens: Sequence[Token]
    known: NameIndex
    words: Words = field(default_factory=list)
    excluded: list[Part] = field(default_factory=list)
    switches: set[str] = field(default_factory=set)
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    found: list[Found] = field(default_factory=list)

    def read(self) -> None:
        at = 0
        while at < len(self.tokens):
            at += self._name(at) or self._price(at) or self._switch(at) or self._not(at) or self._word(at)

    def _name(self, at: int) -> int:
        """Keep the words of a longer name, such as “Under Armour” or “Pell & Daughters”, together."""
        length = longest_name(self.tokens, at, self.known)
        if length < 2:
            return 0
        self.words += [(at + offset, self.tokens[at + offset]) for offset in range(length)]
        return length

    def _price(self, at: int) -> int:
        limit = price_at(self.tokens, at)
        if limit is None:
            return 0
        self.min_price = limit.at_least if limit.at_least is not None else self.min_price
        self.max_price = limit.at_most if limit.at_most is not None else self.max_price
        self.found.append(Found.of_price(limit, range(at, at + limit.length)))
        return limit.length

    def _switch(self, at: int) -> int:
        for name, phrases in SWITCHES.items():
            if length := phrase_at(self.tokens, at, phrases):
                self.switches.add(name)
                self.found.append(Found(name, "", tuple(range(at, at + length))))
                return length
        return 0

    def _not(self, at: int) -> int:
        start = at + (0 if self.tokens[at].is_excluded else phrase_at(self.tokens, at, grammar.NOT))
        if start == at and not self.tokens[at].is_excluded:
            return 0
        while start < len(self.tokens) - 1 and self.tokens[start].word in grammar.ARTICLES:
            start += 1
        if start >= len(self.tokens) or self.tokens[start].word.isdecimal():
            return 0
        end = self._exclude(at, start)
        while end + 1 < len(self.tokens) and (self.tokens[end].word,) in grammar.OR and self._is_alike(end + 1):
            end = self._exclude(end, end + 1)
        return end - at

    def _exclude(self, first: int, start: int) -> int:
        """Exclude the name or word that starts here, and return where it ends."""
        end = start + max(1, longest_name(self.tokens, start, self.known))
        part = excluded_part(self.tokens[start:end], self.known)
        self.excluded.append(part)
        self.found.append(Found("not", part.text, tuple(range(first, end))))
        return end

    def _is_alike(self, at: int) -> bool:
        """Return True if a name of the kind that was excluded last starts here: not red or blue."""
        length = longest_name(self.tokens, at, self.known)
        key = tuple(stem for token in self.tokens[at : at + length] for stem in token.key)
        kinds = {each.name.kind for each in self.known.find(key)}
        return any(each.name and each.name.kind in kinds for each in self.excluded[-1].meanings)

    def _word(self, at: int) -> int:
        """Keep a word; a number and its unit are one: 20 cm is 20cm."""
        token, following = self.tokens[at], self.tokens[at + 1 : at + 2]
        if token.word.replace(",", "").replace(".", "").isdecimal() and following and following[0].word in UNITS:
            joined = replace(token, text=token.text + following[0].text, end=following[0].end)
            self.words.append((at, joined))
            return 2
        self.words.append((at, token))
        return 1


def longest_name(tokens: Sequence[Token], start: int, known: NameIndex) -> int:
    """Return how many tokens the longest name takes that starts here, 0 for none."""
    for length in range(min(MAX_NAME_TOKENS, len(tokens) - start), 0, -1):
        span = tokens[start : start + length]
        if not any(token.is_excluded for token in span[1:]) and known.find(
            tuple(stem for token in span for stem in token.key)
        ):
            return length
    return 0
