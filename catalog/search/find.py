"""Keyword search over the column `Product.search_vector`.

Queries are split into terms in the same way as indexed text. Each query term matches as a prefix.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.search import SearchRank
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from catalog.models import ProductQuerySet
from catalog.search import spelling
from catalog.search.queries import MAX_QUERY_LENGTH, query_terms, tsquery
from catalog.search.terms import words as all_words
from catalog.text.sorting import sort_key

MAX_WORDS = 10


@dataclass(frozen=True)
class SearchResult:
    """The products found. `corrected_query` is set if only the corrected spelling found something."""

    query: str
    corrected_query: str | None
    products: ProductQuerySet


def words(text: str) -> list[str]:
    """Return the words of a query, in lower case."""
    return all_words(text[:MAX_QUERY_LENGTH])[:MAX_WORDS]


def matching(products: ProductQuerySet, text: str) -> ProductQuerySet:
    """Return the products in which each query term is the prefix of a word or SKU. None for text without words."""
    query = query_terms(text)
    return products.filter(search_vector=tsquery(query, ":*")) if query else products.none()


def search(products: ProductQuerySet, text: str) -> ProductQuerySet:
    """Rank the matching products: exact titles first, whole words before prefixes, titles before descriptions."""
    query = query_terms(text)
    if not query:
        return products.none()
    whole = SearchRank(F("search_vector"), tsquery(query, ""))
    prefix = SearchRank(F("search_vector"), tsquery(query, ":*"))
    title = sort_key(text[:MAX_QUERY_LENGTH]).split("\t")[0]
    is_title = Case(When(sort_key__startswith=f"{title}\t", then=Value(1.0)), default=Value(0.0))
    ranked = matching(products, text).annotate(rank=Greatest(whole, prefix * Value(0.5)) + is_title)
    return ranked.order_by("-rank", "-is_in_stock", "-created_at", "-pk")


def find(products: ProductQuerySet, text: str) -> SearchResult:
    """Search, and if nothing matches, search again with the spelling corrected."""
    typed = " ".join(text[:MAX_QUERY_LENGTH].replace("\0", " ").split())
    if not words(typed) or matching(products, typed).exists():
        return SearchResult(typed, None, search(products, typed))
    corrected = corrected_query(products, typed)
    return SearchResult(typed, corrected, search(products, corrected or typed))


def corrected_query(products: ProductQuerySet, text: str) -> str | None:
    """Replace each unknown word by the most similar known one. None if the result matches nothing either."""
    typed = words(text)
    corrected = spelling.corrected(typed)
    if corrected == " ".join(typed) or not matching(products, corrected).exists():
        return None
    return corrected
