"""Build tsqueries over the lexemes of `catalog.search.vectors`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import regex
from django.contrib.postgres.search import SearchQuery

from catalog.search.languages import stem
from catalog.search.terms import Term, terms
from catalog.search.vectors import COUNTED, quoted

MAX_QUERY_LENGTH = 200  # characters
MAX_TERMS = 10
MAX_PAIRS = 30  # character pairs per run
LEXEME = regex.compile(r"'((?:[^']|'')*)'(:\w*\*?\w*)?")


class LexemeQuery(SearchQuery):
    """A tsquery whose lexemes PostgreSQL must not parse again."""

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        return super().as_sql(compiler, connection, template="(%(expressions)s)::tsquery")


def query_terms(text: str) -> tuple[Term, ...]:
    return terms(text[:MAX_QUERY_LENGTH])[:MAX_TERMS]


def tsquery(query: Sequence[Term], suffix: str) -> LexemeQuery:
    """Return a query for all terms. Each gets the suffix, such as `:*` to match prefixes."""
    return LexemeQuery(lexemes(query, suffix))


def alternatives(queries: Iterable[str]) -> str:
    """Return a query for any of these. Leaves out empty ones."""
    return _joined(queries, " | ")


def together(queries: Iterable[str]) -> str:
    """Return a query for all of these. Leaves out empty ones."""
    return _joined(queries, " & ")


def lexemes(query: Sequence[Term], suffix: str = "", mark: str = "", whole: Container[str] = ()) -> str:
    """Return the text of a query for all terms. Stop words are ignored, unless the query has no other words.

    With a mark of `catalog.search.vectors`, finds words in some of the texts only. What is `whole` gets no suffix.
    """
    # A single letter is the prefix of too many words: next to a longer word it must match exactly, as in T-4242.
    exact = suffix.replace("*", "").rstrip(":")
    has_longer = any(len(part[0]) > 1 for term in query for part in term.parts)
    letter_suffix = exact if has_longer else suffix

    def lexeme(spelling: str) -> str:
        if not spelling:
            return ""
        end = exact if spelling in whole else suffix if len(spelling) > 1 else letter_suffix
        return quoted(mark + spelling) + end

    def stemmed(spelling: str) -> str:
        return lexeme(stem(spelling))

    def condition(term: Term, lexeme: Callable[[str], str]) -> str:
        return _run(term, suffix if not term.ends else exact, mark) if term.is_run else _compound(term, lexeme)

    written = together(condition(term, lexeme) for term in query)
    inflected = together(condition(term, stemmed) for term in query)
    return alternatives([inflected, written])


def is_counted(query: str) -> bool:
    """Return True if `CountedProduct` has all that the query asks for."""
    found = LEXEME.findall(query)
    return "<->" not in query and all(lexeme[:2] in COUNTED and suffix in ("", ":*") for lexeme, suffix in found)


def _compound(term: Term, lexeme: Callable[[str], str]) -> str:
    """Match one of the joined spellings, or all parts."""
    parts = together(alternatives(map(lexeme, part)) for part in term.parts)
    return alternatives([parts, *map(lexeme, term.wholes)])


def _run(term: Term, suffix: str, mark: str) -> str:
    """Match the character pairs in sequence. A single character matches as the prefix of a pair."""
    return " <-> ".join(quoted(mark + pair) + suffix for (pair,) in term.parts[:MAX_PAIRS])


def _joined(queries: Iterable[str], operator: str) -> str:
    several = [each for each in dict.fromkeys(queries) if each]
    return f"({operator.join(several)})" if len(several) > 1 else "".join(several)
