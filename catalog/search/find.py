"""Keyword search over the column `Product.search_vector`.

Queries are split into terms in the same way as indexed text. Each query term matches as a prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from catalog.models import ProductQuerySet
from catalog.search import spelling
from catalog.search.candidates import is_among
from catalog.search.parsing import MAX_QUERY_LENGTH, understand
from catalog.search.queries import LexemeQuery, query_terms, tsquery
from catalog.search.query import Query, Understood
from catalog.search.ranking import counted, filtered, in_order, rank, unranked
from catalog.search.terms import words as all_words

MAX_WORDS = 10

Narrow = Callable[[ProductQuerySet], ProductQuerySet]


@dataclass(frozen=True)
class SearchResult:
    """What a query found.

    `corrected_query` was searched instead, because a word of the query is in no language; `suggested_query` is only
    offered. `is_answered` is False if no product meets the whole query as typed: a miss, even if others are shown.
    `answers` are the keys of the products that meet all of it, None for all products; they come first.
    `mentions` have a word of the query in their description only, and are no results.
    `keys` are the keys of the results in their order, None if they are sorted by columns. `is_cut` is True if more
    products match than are ranked, so that counts of the results are lower limits. `counted` is the condition by which
    `CountedProduct` finds the same products, None if it does not have the words.
    """

    query: str
    products: ProductQuerySet
    understood: tuple[Understood, ...] = ()
    corrected_query: str | None = None
    suggested_query: str | None = None
    is_answered: bool = False
    answers: frozenset[int] | None = None
    mentions: ProductQuerySet | None = None
    keys: tuple[int, ...] | None = None
    is_cut: bool = False
    counted: Q | None = None


def words(text: str) -> list[str]:
    """Return the words of a query, in lower case."""
    return all_words(text[:MAX_QUERY_LENGTH])[:MAX_WORDS]


def matching(products: ProductQuerySet, text: str) -> ProductQuerySet:
    """Return the products in which each query term is the prefix of a word or SKU. None for text without words."""
    query = query_terms(text)
    return products.filter(search_vector=tsquery(query, ":*")) if query else products.none()


def find(
    products: ProductQuerySet, text: str, narrow: Narrow | None = None, *, corrects_typos: bool = True
) -> SearchResult:
    """Search. If nothing meets the whole query, search again with typos corrected.

    `narrow` applies filters to products. A result that is cut is ranked again among these, so that no match is missed.
    """
    query = understand(text)
    found = _found(products, query) if corrects_typos else _answer(products, query)
    if not found.is_cut or narrow is None:
        return found
    narrowed = _answer(narrow(products), understand(found.corrected_query or text))
    return replace(
        narrowed,
        query=found.query,
        corrected_query=found.corrected_query,
        suggested_query=found.suggested_query,
        is_answered=found.is_answered,
    )


def _found(products: ProductQuerySet, query: Query) -> SearchResult:
    answer = _answer(products, query)
    if answer.is_answered or not query.parts:
        return answer
    typos, rare = _misspelt(products, query)
    if typos:
        corrected = spelling.replaced(query.text, typos)
        better = _answer(products, understand(corrected))
        if better.is_answered or (better.keys and any(part.is_kind for part in query.parts)):
            return replace(better, query=query.text, corrected_query=corrected, is_answered=False)
    if rare and _answer(products, understand(offered := spelling.replaced(query.text, rare))).is_answered:
        return replace(answer, suggested_query=offered)
    return answer


def _misspelt(products: ProductQuerySet, query: Query) -> tuple[dict[str, str], dict[str, str]]:
    """Return corrections of words that exist in no language, and of those that do: they may only be offered."""
    typos: dict[str, str] = {}
    rare: dict[str, str] = {}
    for word in query.words:
        found = spelling.suggestions(word)
        if found.words:
            (rare if found.exists else typos)[word] = _fitting(products, query, word, found.words)
    return typos, rare


def _fitting(products: ProductQuerySet, query: Query, typo: str, candidates: Sequence[str]) -> str:
    """Return the first candidate that products have together with the other words of the query."""
    others = [word for word in query.words if word != typo and spelling.is_known(word)]
    if not others or len(candidates) == 1:
        return candidates[0]
    fitting = (each for each in candidates if matching(products, " ".join([each, *others])).exists())
    return next(fitting, candidates[0])


def _answer(products: ProductQuerySet, query: Query) -> SearchResult:
    """Return what the query finds as it is written."""
    narrowed = filtered(products, query)
    if query.parts:
        ranked = rank(narrowed, query)
        if ranked.broad:
            found = unranked(narrowed.filter(search_vector=LexemeQuery(ranked.broad)), query)
            same = counted(query, ranked.broad)
            return SearchResult(query.text, found, query.understood, is_answered=True, counted=same)
        return SearchResult(
            query=query.text,
            products=in_order(narrowed, ranked.keys),
            understood=query.understood,
            is_answered=bool(ranked.answers),
            answers=ranked.answers,
            mentions=in_order(narrowed, ranked.mentions),
            keys=tuple(ranked.keys),
            is_cut=ranked.is_cut,
            counted=Q(is_among(ranked.keys)) if ranked.keys else None,
        )
    if query.is_empty:
        return SearchResult(query.text, products.none(), query.understood)
    found = unranked(narrowed, query)
    return SearchResult(query.text, found, query.understood, is_answered=True, counted=counted(query))
