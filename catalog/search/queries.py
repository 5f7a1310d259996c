"""What is asked for, as a tsquery over the lexemes of `catalog.search.vectors`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery

from catalog.search.english import stem
from catalog.search.terms import Term, terms
from catalog.search.vectors import quoted

LONGEST_TEXT = 200
MOST_TERMS = 10
MOST_SIGNS = 30  # of one run


class LexemeQuery(SearchQuery):
    """A tsquery that PostgreSQL takes as it is: its lexemes are cut already."""

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        """Return a cast in place of the function that would cut the text once more."""
        return super().as_sql(compiler, connection, template="(%(expressions)s)::tsquery")


def asked(text: str) -> tuple[Term, ...]:
    """Return the terms that are searched for."""
    return terms(text[:LONGEST_TEXT])[:MOST_TERMS]


def query(wanted: Sequence[Term], ending: str) -> LexemeQuery:
    """Return a query for all terms, each with the ending, such as `:*` for the beginnings of words.

    English leaves out words that say nothing, unless there are no others.
    """
    # Too many words begin with a lone letter: beside a longer word it stands for itself, as in the SKU T-4242.
    exact = ending.replace("*", "").rstrip(":")
    is_longer = any(len(part[0]) > 1 for term in wanted for part in term.parts)
    alone = exact if is_longer else ending

    def lexeme(spelling: str) -> str:
        return quoted(spelling) + (ending if len(spelling) > 1 else alone) if spelling else ""

    def stemmed(spelling: str) -> str:
        return lexeme(stem(spelling))

    def condition(term: Term, lexeme: Callable[[str], str]) -> str:
        return _run(term, ending if not term.ends else exact) if term.is_run else _compound(term, lexeme)

    written = _all(condition(term, lexeme) for term in wanted)
    english = _all(condition(term, stemmed) for term in wanted)
    return LexemeQuery(f"{english} | {written}" if english else written)  # an OR also where both are the same: ranks


def _compound(term: Term, lexeme: Callable[[str], str]) -> str:
    """The whole in one piece, or all of its parts."""
    parts = _all(_any(map(lexeme, part)) for part in term.parts)
    return _any([parts, *map(lexeme, term.wholes)])


def _run(term: Term, ending: str) -> str:
    """The signs one after the other; a lone sign may begin a pair."""
    return " <-> ".join(quoted(pair) + ending for (pair,) in term.parts[:MOST_SIGNS])


def _all(conditions: Any) -> str:
    return _joined(conditions, " & ")


def _any(conditions: Any) -> str:
    return _joined(conditions, " | ")


def _joined(conditions: Any, operator: str) -> str:
    """The conditions, each once; those that say nothing are left out."""
    several = [each for each in dict.fromkeys(conditions) if each]
    return f"({operator.join(several)})" if len(several) > 1 else "".join(several)
