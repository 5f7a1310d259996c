"""Estimate from the vocabulary how many products a query may match, so that the search scores only so many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from catalog.search.levels import exact_meanings
from catalog.search.query import Meaning, Query
from catalog.search.terms import Term, words
from catalog.search.vocabulary import Vocabulary, vocabulary
from catalog.text.folding import fold

LONG_NUMBER = 4  # digits


class Estimate(NamedTuple):
    """At most how many products meet a part of the query, and how many all of it exactly.

    `is_sure`: about as many do.
    """

    some: int
    all: int
    is_sure: bool


def estimate(query: Query) -> Estimate:
    known = vocabulary()
    kinds = [part for part in query.parts if part.is_kind]
    exact = [exact_meanings(part) for part in query.parts]
    named = [_products(each, known, known.named) for each in exact]
    some = sum(
        _products(part.meanings, known, known.named if kinds else known.frequency) for part in kinds or query.parts
    )
    is_word = all(len(words(_text(each))) == 1 for meanings in exact for each in meanings)
    is_sure = is_word and len(named) == 1 and not query.has_filters and not any(map(str.isdigit, query.text))
    return Estimate(min(some, known.products), min(named, default=0), is_sure)


def _products(meanings: Iterable[Meaning], known: Vocabulary, count: Callable[[str], int]) -> int:
    return min(known.products, sum(_with_meaning(each, known, count) for each in meanings))


def _with_meaning(meaning: Meaning, known: Vocabulary, count: Callable[[str], int]) -> int:
    """Numbers are not counted in the vocabulary: other words decide, and a code such as T-4242 is rare."""
    if any(_is_code(term) for term in meaning.terms):
        return 0
    found = [fold(word) for word in words(_text(meaning)) if not any(map(str.isdigit, word))]
    has_prefixes = meaning.is_typed and meaning.name is None
    return min((_with_word(word, known, count, has_prefixes) for word in found), default=known.products)


def _text(meaning: Meaning) -> str:
    return meaning.name.label if meaning.name else " ".join(part[0] for term in meaning.terms for part in term.parts)


def _with_word(word: str, known: Vocabulary, count: Callable[[str], int], has_prefixes: bool) -> int:
    """A beginning of a word may be that of any number of products."""
    number = count(word)
    return known.products if not number and has_prefixes and known.begins(word) else number


def _is_code(term: Term) -> bool:
    spelling = "".join(part[0] for part in term.parts)
    has_digits = any(map(str.isdigit, spelling))
    return has_digits and (len(term.parts) > 1 or len(spelling) >= LONG_NUMBER)
