"""Suggestions for the search box: products by title, brand or SKU, and categories by name."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import Category, Product, ProductQuerySet
from catalog.search.find import words
from catalog.search.queries import query_terms, tsquery
from catalog.search.terms import Term, terms
from catalog.search.vectors import NAME_WEIGHTS

MAX_SUGGESTIONS = 6


@dataclass(frozen=True)
class Suggestions:
    products: list[Product]
    categories: list[Category]


def suggest(products: ProductQuerySet, text: str) -> Suggestions:
    """Suggest products by title, brand or SKU, and categories by name."""
    query = query_terms(text)
    if not query or len("".join(words(text))) < 2:
        return Suggestions([], [])
    titled = products.filter(search_vector=tsquery(query, f":*{NAME_WEIGHTS}"))
    return Suggestions(
        products=list(titled.select_related("category").order_by("-created_at", "-pk")[:MAX_SUGGESTIONS]),
        categories=_categories(query),
    )


def _categories(query: tuple[Term, ...]) -> list[Category]:
    """Return the first categories whose name matches all terms."""
    names = Category.objects.order_by("depth", "sort_key").values_list("pk", "name")
    keys = [key for key, name in names if _matches(query, name)][:MAX_SUGGESTIONS]
    found = Category.objects.in_bulk(keys) if keys else {}
    return [found[key] for key in keys if key in found]


def _matches(query: tuple[Term, ...], name: str) -> bool:
    """Return True if each query term is the prefix of a term in the name."""
    spellings = [each for term in terms(name) for each in (*_spellings(term), *term.wholes, *term.ends)]

    def begins(part: str) -> bool:
        return any(spelling.startswith(part) for spelling in spellings)

    return all(any(map(begins, term.wholes)) or all(any(map(begins, part)) for part in term.parts) for term in query)


def _spellings(term: Term) -> list[str]:
    return [spelling for part in term.parts for spelling in part]
