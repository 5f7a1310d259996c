"""Choose the products worth scoring, so that a search never scores every product of a large shop.

Candidates are the products that have a rare word, and of those that have common words the first in the order of
equals. The others would score no higher and come later.

PostgreSQL can find the first matching products in the index of that order, stopping early, or by their words, sorting
all of them. Its estimates for beginnings of words are too rough to choose. So we look at the head of the order: a
condition that many of those products meet stops early, and any other is sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import regex
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, Case, Count, F, Func, Q, Value, When
from django.db.models.expressions import OrderBy

from catalog.models import NOT_DRAFT, Product, ProductQuerySet
from catalog.search.queries import LexemeQuery, alternatives, together
from catalog.search.vectors import NAMED, TITLED
from catalog.search.vocabulary import vocabulary

MOST_RANKED = 2_000  # products
MOST_WITH_RARE = 3_000  # products that have a word that is not common
MOST_PAIRS = 6  # of common parts, each with candidates of its own
KEYS: ArrayField[Sequence[int], list[int]] = ArrayField(BigIntegerField())
SAMPLE = 500  # products at the head of the order
COMMON = 40  # of these

# The order of products that match equally well: that of the index `product_best`.
BEST_FIRST: Sequence[str | OrderBy] = (
    "-is_in_stock", "-sold_count", F("rating_average").desc(nulls_last=True), "-created_at", "-pk",
)  # fmt: skip
# No index has this order, so that PostgreSQL sorts what it has found by words.
SORTED = Case(When(pk__lt=0, then=Value(0)), default=Value(1))
LEXEME = regex.compile(rf"(?<=')({TITLED}|{NAMED}|)([^']*')(:\*)?")  # where it is from, its text, whether a prefix
GROUP = regex.compile(r"\(((?:'[^']*'(?::\*)? & )+'[^']*'(?::\*)?)\)")  # words that a query asks for together
EVERYWHERE = 0.9  # of the products
FROM = ("", NAMED, TITLED)  # each includes the next


class IsListed(Func):
    """True if an array has the key. Unlike IN, it is one value, and each key is looked up in the index."""

    arg_joiner, template = " = ANY(", "%(expressions)s)"
    output_field = BooleanField()


def is_among(keys: Iterable[int]) -> IsListed:
    """Return the condition that the key of a row is one of these."""
    return IsListed(F("pk"), Value(list(keys), KEYS))


class Part(NamedTuple):
    """The tsqueries of a part of a query: to meet it in any way, and to meet it well, by the names of a product."""

    anything: str
    named: str

    @classmethod
    def of(cls, anything: Iterable[str], named: Iterable[str]) -> Part:
        return cls(*(alternatives(map(selective, broadest(queries))) for queries in (anything, named)))


def broadest(queries: Iterable[str]) -> list[str]:
    """Leave out each query that another one includes, such as a word of titles where the list has it for all names."""
    kinds: dict[str, dict[tuple[int, bool], str]] = {}
    for query in queries:
        lexeme = LEXEME.search(query)
        kind = (FROM.index(lexeme[1]), not lexeme[3]) if lexeme else (0, True)
        kinds.setdefault(LEXEME.sub(r"\2", query), {})[kind] = query
    return [
        query
        for same in kinds.values()
        for kind, query in same.items()
        if not any(other != kind and other[0] <= kind[0] and other[1] <= kind[1] for other in same)
    ]


def selective(query: str) -> str:
    """Leave out words that nearly all products have, where the query asks for other words too.

    It finds a few more products, but PostgreSQL need not collect all products that have such a word.
    """

    def rarer(group: regex.Match[str]) -> str:
        every = group[1].split(" & ")
        return together([each for each in every if not _is_everywhere(each)] or every)

    shorter: str = GROUP.sub(rarer, query)
    return shorter


def _is_everywhere(lexeme: str) -> bool:
    known, found = vocabulary(), LEXEME.search(lexeme)
    return found is not None and known.named(found[2][:-1]) > max(EVERYWHERE * known.products, MOST_WITH_RARE)


def candidates(
    products: ProductQuerySet, kind: Part | None, parts: Sequence[Part], title: Q, order: Sequence[str | OrderBy]
) -> ProductQuerySet:
    """Return the products to score: of the kind, or if there is none, that meet a part; and those with the title."""
    combined = list(_combined(kind, parts))
    singles = [kind] if kind else [part for part in parts if part.anything]
    tried = dict.fromkeys([*combined, *(condition for part in singles for condition in part)])
    common = _common([each for each in tried if each]) if order is BEST_FIRST else frozenset[str]()
    found = [products.filter(title).order_by(SORTED, *order).values("pk")[:MOST_RANKED]]
    for condition, most in _chosen(combined, singles, common).items():
        first = order if condition in common else (SORTED, *order)
        found.append(products.filter(search_vector=LexemeQuery(condition)).order_by(*first).values("pk")[:most])
    return Product.objects.filter(IsListed(F("pk"), ArraySubquery(found[0].union(*found[1:], all=True))))


def _combined(kind: Part | None, parts: Sequence[Part]) -> Iterator[str]:
    """Yield conditions for all parts, and for pairs of them; if a kind is asked for, for the kind and each part."""
    queries = [part.anything for part in parts if part.anything]
    if kind and queries:
        yield together([kind.anything, *queries])
        yield from (together([kind.anything, query]) for query in queries)
    elif len(queries) > 1:
        yield together(queries)
        pairs = [together(pair) for pair in combinations(queries, 2)]
        yield from (pairs if len(pairs) <= MOST_PAIRS else [alternatives(pairs)])


def _chosen(combined: Sequence[str], singles: Sequence[Part], common: frozenset[str]) -> dict[str, int]:
    """Return the conditions to search by, with the most products of each."""
    chosen = dict.fromkeys(combined[:1], MOST_RANKED)
    rare = [part for part in singles if part.anything not in common]
    # A pair with a rare part is among the products of that part.
    chosen |= {each: MOST_RANKED for each in combined[1:] if each in common or not rare}
    for part in singles:
        if part in rare:
            chosen[part.anything] = MOST_WITH_RARE
        elif part.named:
            chosen[part.named] = MOST_RANKED
        if len(singles) == 1 and part.named not in common:  # descriptions may count, but after names
            chosen.setdefault(part.anything, MOST_RANKED)
    return chosen


def _common(conditions: Sequence[str]) -> frozenset[str]:
    """Return the conditions that many products at the head of the order meet. One query."""
    head = Product.objects.filter(NOT_DRAFT).order_by(*BEST_FIRST).values("pk")[:SAMPLE]
    counts = {
        f"number_{place}": Count("pk", filter=Q(search_vector=LexemeQuery(condition)))
        for place, condition in enumerate(conditions)
    }
    found = Product.objects.filter(pk__in=head).aggregate(**counts)
    return frozenset(each for each, name in zip(conditions, counts, strict=True) if found[name] >= COMMON)
