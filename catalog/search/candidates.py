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
from django.db.models import BooleanField, Case, Count, F, Func, Q, Value, When
from django.db.models.expressions import OrderBy

from catalog.models import NAME_WORDS, NOT_DRAFT, Product, ProductQuerySet
from catalog.search.queries import LexemeQuery, alternatives

MOST_RANKED = 2_000  # products
MOST_WITH_RARE = 5_000  # products that have a word that is not common
MOST_PAIRS = 6  # of common parts, each with candidates of its own
SAMPLE = 500  # products at the head of the order
COMMON = 40  # of these

# The order of products that match equally well: that of the index `product_best`.
BEST_FIRST: Sequence[str | OrderBy] = (
    "-is_in_stock", "-sold_count", F("rating_average").desc(nulls_last=True), "-created_at", "-pk",
)  # fmt: skip
# No index has this order, so that PostgreSQL sorts what it has found by words.
SORTED = Case(When(pk__lt=0, then=Value(0)), default=Value(1))
SUFFIX = regex.compile(r"(?<='):(\*?)([A-D]*)")  # of a lexeme: whether it is a prefix, and its weights


class IsListed(Func):
    """True if an array has the key. Unlike IN, it is one value, and each key is looked up in the index."""

    arg_joiner, template = " = ANY(", "%(expressions)s)"
    output_field = BooleanField()


class Condition(NamedTuple):
    """A tsquery for products, by all of their words or by those of their names, without descriptions."""

    query: str
    in_names: bool = False

    @property
    def q(self) -> Q:
        return Q(**{"name_words" if self.in_names else "search_vector": LexemeQuery(self.query)})


class Part(NamedTuple):
    """The tsqueries of a part of a query: to meet it in any way, and to meet it well, by names."""

    anything: Condition
    named: Condition

    @classmethod
    def of(cls, anything: Iterable[str], named: Iterable[str]) -> Part:
        return cls(
            Condition(alternatives(broadest(anything))), Condition(alternatives(broadest(named)), in_names=True)
        )


def broadest(queries: Iterable[str]) -> list[str]:
    """Leave out each query that another one includes, such as a word in titles where the list has it in names."""
    suffixes: dict[str, dict[tuple[str, str], str]] = {}
    for query in queries:
        found = SUFFIX.search(query)
        suffixes.setdefault(SUFFIX.sub("", query), {})[found.groups() if found else ("", "")] = query
    return [
        query
        for same in suffixes.values()
        for suffix, query in same.items()
        if not any(_includes(other, suffix) for other in same if other != suffix)
    ]


def _includes(wide: tuple[str, str], narrow: tuple[str, str]) -> bool:
    """Return True if one suffix of a lexeme matches all that the other matches. No weights mean all weights."""
    return wide[0] >= narrow[0] and (not wide[1] or (bool(narrow[1]) and set(narrow[1]) <= set(wide[1])))


def candidates(
    products: ProductQuerySet, kind: Part | None, parts: Sequence[Part], title: Q, order: Sequence[str | OrderBy]
) -> ProductQuerySet:
    """Return the products to score: of the kind, or if there is none, that meet a part; and those with the title."""
    combined = list(_combined(kind, parts))
    singles = [kind] if kind else [part for part in parts if part.anything.query]
    tried = dict.fromkeys([*combined, *(condition for part in singles for condition in part)])
    common = _common([each for each in tried if each.query]) if order is BEST_FIRST else frozenset[Condition]()
    named = products.alias(name_words=NAME_WORDS)
    found = [named.filter(title).order_by(SORTED, *order).values("pk")[:MOST_RANKED]]
    for condition, most in _chosen(combined, singles, common).items():
        first = order if condition in common else (SORTED, *order)
        found.append(named.filter(condition.q).order_by(*first).values("pk")[:most])
    return Product.objects.filter(IsListed(F("pk"), ArraySubquery(found[0].union(*found[1:], all=True))))


def _combined(kind: Part | None, parts: Sequence[Part]) -> Iterator[Condition]:
    """Yield conditions for all parts, and for pairs of them; if a kind is asked for, for the kind and each part."""
    queries = [part.anything.query for part in parts if part.anything.query]
    if kind and queries:
        yield _all([kind.anything.query, *queries])
        yield from (_all([kind.anything.query, query]) for query in queries)
    elif len(queries) > 1:
        yield _all(queries)
        pairs = [_all(pair) for pair in combinations(queries, 2)]
        yield from (
            pairs if len(pairs) <= MOST_PAIRS else [Condition(alternatives(f"({pair.query})" for pair in pairs))]
        )


def _all(queries: Iterable[str]) -> Condition:
    return Condition(" & ".join(f"({query})" for query in queries))


def _chosen(
    combined: Sequence[Condition], singles: Sequence[Part], common: frozenset[Condition]
) -> dict[Condition, int]:
    """Return the conditions to search by, with the most products of each."""
    chosen = dict.fromkeys(combined[:1], MOST_RANKED)
    rare = [part for part in singles if part.anything not in common]
    # A pair with a rare part is among the products of that part.
    chosen |= {each: MOST_RANKED for each in combined[1:] if each in common or not rare}
    for part in singles:
        if part in rare:
            chosen[part.anything] = MOST_WITH_RARE
        elif part.named.query:
            chosen[part.named] = MOST_RANKED
        if len(singles) == 1 and part.named not in common:  # descriptions may count, but after names
            chosen.setdefault(part.anything, MOST_RANKED)
    return chosen


def _common(conditions: Sequence[Condition]) -> frozenset[Condition]:
    """Return the conditions that many products at the head of the order meet. One query."""
    head = Product.objects.filter(NOT_DRAFT).order_by(*BEST_FIRST).values("pk")[:SAMPLE]
    counts = {f"number_{place}": Count("pk", filter=condition.q) for place, condition in enumerate(conditions)}
    found = Product.objects.filter(pk__in=head).alias(name_words=NAME_WORDS).aggregate(**counts)
    return frozenset(each for each, name in zip(conditions, counts, strict=True) if found[name] >= COMMON)
