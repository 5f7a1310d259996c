"""What a page of search results offers when the search is a miss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from catalog.models import Product, ProductQuerySet
from catalog.search import SearchResult, find, past_queries, spelling, words

MAX_TRIES = 2  # shorter queries that are searched
MAX_NEAREST = 6  # products
MAX_POPULAR = 8  # queries
MAX_MENTIONS = 12  # products
LEFT_OUT_LAST = {"attribute": 1, "brand": 2, "category": 3}  # after prices and other conditions


@dataclass(frozen=True)
class Nearest:
    """The products that a shorter query finds, and the part of the query that it leaves out."""

    left_out: str
    query: str
    products: list[Product]


def nearest(products: ProductQuerySet, found: SearchResult) -> Nearest | None:
    """Return what the query would find without one of its parts and without typos, or None. Searches twice at most."""
    typos = spelling.typos(words(found.query))
    for left_out, rest in islice(_shorter(found), MAX_TRIES):
        query = spelling.replaced(rest, typos)
        shown = list(find(products, query, corrects_typos=False).products.for_cards()[:MAX_NEAREST])
        if shown:
            return Nearest(left_out, query, shown)
    return None


def mentioning(found: SearchResult) -> list[Product]:
    """Return products that have a word of the query in their description only, which makes them no results."""
    return list(found.mentions.for_cards()[:MAX_MENTIONS]) if found.mentions is not None else []


def popular_queries(now: datetime) -> list[str]:
    """Return searches that many customers had success with."""
    return past_queries.popular(MAX_POPULAR, now)


def _shorter(found: SearchResult) -> Iterator[tuple[str, str]]:
    """Return each part that was understood, or else each word, and the query without it.

    What names something of the shop comes last, and so do words that the shop uses. Only these can find anything.
    """
    for part in sorted(found.understood, key=lambda each: LEFT_OUT_LAST.get(each.kind, 0)):
        if words(part.rest):
            yield part.label, part.rest
    typed = words(found.query)
    if not found.understood and len(typed) > 1:
        promising = [spelling.may_find(word) for word in typed]
        for at in sorted(range(len(typed)), key=lambda at: promising[at]):
            rest = slice(0, at), slice(at + 1, None)
            if any(any(promising[each]) for each in rest):
                yield typed[at], " ".join(word for each in rest for word in typed[each])
