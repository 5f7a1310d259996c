"""Rank products by how much of a query they meet, in SQL.

A product gets the value of the best level it reaches for each part, times the weight of the part. However many
products match, at most about a thousand are scored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Case, Exists, F, FloatField, Func, IntegerField, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable, OrderBy

from catalog.models import NOT_DRAFT, Product, ProductQuerySet
from catalog.search import candidates
from catalog.search.candidates import BEST_FIRST, MOST_RANKED, is_among
from catalog.search.frequency import estimate
from catalog.search.levels import (
    BROADER,
    GOOD,
    LEAST_OF_KIND,
    Level,
    evidence_of,
    excluding,
    levels_of,
    meeting_exactly,
    meets_all,
    pairs_of,
    worth_ranking,
)
from catalog.search.queries import LexemeQuery, is_counted
from catalog.search.query import Query
from catalog.text.sorting import sort_key

BROAD = 500  # products that meet everything: enough to show the most popular first
SURELY_BROAD = 4_000  # products that have a word, as the vocabulary says
MIN_SHARE = 0.41  # of the weight of the parts
MIN_OF_BEST = 0.35  # of the best product's score
MANY = 2  # parts besides the kind
TITLE_BONUS = 10.0
KIND_WEIGHT = 1.5  # of a kind, for each part that describes it

Levels = Sequence[Sequence[Level]]
Row = tuple[int, bool, float]  # key, whether it meets the whole query, score


class Ranked(NamedTuple):
    """Keys of products, best first.

    `keys` meet enough of the query, `answers` all of it; `mentions` have a word of it in their description only.
    `broad` is a tsquery instead of keys, if very many products meet everything. `is_cut` is True if more products
    meet enough than are ranked.
    """

    keys: list[int]
    answers: frozenset[int] = frozenset()
    mentions: Sequence[int] = ()
    broad: str = ""
    is_cut: bool = False


class _Place(Func):
    """The number under the key in a JSON object. It is found by bisection, unlike the place in an array."""

    arg_joiner, template = "::jsonb ->> ", "(%(expressions)s::text)::integer"
    output_field = IntegerField()


def filtered(products: ProductQuerySet, query: Query) -> ProductQuerySet:
    """Apply what filters: price, reduced, in stock, and what is excluded. A product with the query as title stays."""
    if not query.has_filters:
        return products
    wanted = _limits(query)
    if query.excluded:
        wanted &= ~Q(search_vector=LexemeQuery(excluding(query)))
    return products.filter(wanted | _is_titled(query))


def counted(query: Query, broad: str = "") -> Q | None:
    """Return the condition by which `CountedProduct` finds what is `filtered` and meets the tsquery.

    None if that table does not have the words for it.
    """
    if not is_counted(broad):
        return None
    found = Q(search_vector=LexemeQuery(broad)) if broad else Q()
    published, titled = Product.objects.filter(NOT_DRAFT).order_by(), _is_titled(query)
    if limits := _limits(query):
        found &= limits | Q(pk__in=published.filter(titled).values("pk"))
    if query.excluded:  # descriptions may exclude, which are not copied
        excluded = published.filter(pk=OuterRef("pk"), search_vector=LexemeQuery(excluding(query)))
        found &= Q(~Exists(excluded.exclude(titled)))
    return found


def _limits(query: Query) -> Q:
    """Return the condition for the prices and the stock asked for."""
    wanted = Q()
    if query.is_reduced:
        wanted &= Q(compare_at_amount__isnull=False)
    if query.in_stock:
        wanted &= Q(is_in_stock=True)
    if query.min_price is not None:
        wanted &= Q(price_amount__gte=query.min_price)
    if query.max_price is not None:
        wanted &= Q(price_amount__lte=query.max_price)
    return wanted


def rank(products: ProductQuerySet, query: Query) -> Ranked:
    """Return the products that meet a good share of the query, best first.

    Scores at most a few thousand products, whatever the query. If very many meet all of it, they come by popularity;
    if many do, nothing else is looked at.
    """
    levels = [list(levels_of(part)) for part in query.parts]
    if not all(levels):
        return Ranked([])
    if broad := _broad(products, query):
        return Ranked([], broad=broad)
    matches, met = worth_ranking(query), meets_all(query)
    if query.has_filters:
        matches |= _is_titled(query)
    is_met = Case(When(met, then=True), default=False)
    found = _candidates(products, query).filter(matches).annotate(score=_score(query, levels), met=is_met)
    rows = list(found.order_by(*_order(query)).values_list("pk", "met", "score")[:MOST_RANKED])
    return Ranked([]) if _is_far_fetched(query, rows) else _kept(query, rows)


def _broad(products: ProductQuerySet, query: Query) -> str:
    """Return a tsquery for what meets the query exactly, if that is more than anyone would look through."""
    number, exact = estimate(query), meeting_exactly(query)
    if number.all <= BROAD or not exact:
        return ""
    if number.is_sure and number.all > SURELY_BROAD:
        return exact
    found = products.filter(search_vector=LexemeQuery(exact))
    first = found.order_by(*BEST_FIRST).values_list("pk", flat=True)[: BROAD + 1]
    return exact if len(first) > BROAD else ""


def _candidates(products: ProductQuerySet, query: Query) -> ProductQuerySet:
    """Return the products worth scoring. If the query asks for a kind, that is what they must be."""
    pairs = [(part, list(pairs_of(part))) for part in query.parts]
    kinds = [each for part, found in pairs if part.is_kind for value, each in found if value >= LEAST_OF_KIND]
    parts = [
        candidates.Part.of((each for _value, each in found), (each for value, each in found if value >= GOOD))
        for part, found in pairs
        if not (kinds and part.is_kind)
    ]
    is_plain = not (query.is_cheap or query.is_expensive)
    order = BEST_FIRST if is_plain else _tie_break(query)
    kind = candidates.Part.of(kinds, kinds) if kinds else None
    return candidates.candidates(products, kind, parts, _is_titled(query), order)


def _is_far_fetched(query: Query, rows: Sequence[Row]) -> bool:
    """Return True if the kind is only a broader one, and nothing meets the rest: a phone case is no box."""
    kinds = [each.weight for part in query.parts if part.is_kind for each in part.meanings if each.name is not None]
    others = [part.weight for part in query.parts if not part.is_kind]
    if not kinds or max(kinds) >= BROADER or len(others) < MANY:
        return False
    best = max((score for _key, _met, score in rows), default=0.0)
    return best < _outweighing(query) * max(kinds) + GOOD * min(others)


def _outweighing(query: Query) -> float:
    """Return the weight of a kind: a handbag of another colour comes before a bag of this one."""
    return 1.0 + KIND_WEIGHT * sum(part.weight for part in query.parts if not part.is_kind)


def _kept(query: Query, rows: Sequence[Row]) -> Ranked:
    """Leave out what meets much less than the best product. If that is little itself, nothing is found."""
    best = max((score for _key, _met, score in rows), default=0.0)
    total = sum(part.weight for part in query.parts)
    least = GOOD if len(query.parts) == 1 else MIN_SHARE
    others = [part for part in query.parts if not part.is_kind]
    if best < least * total and len(others) == len(query.parts):
        return Ranked([], mentions=[key for key, _met, _score in rows])
    kept = [(key, met) for key, met, score in rows if score >= MIN_OF_BEST * min(best, total)]
    is_cut = len(kept) == MOST_RANKED
    return Ranked([key for key, _met in kept], frozenset(key for key, met in kept if met), is_cut=is_cut)


def _is_titled(query: Query) -> Q:
    """Return the condition for products whose title is the whole query, such as “Under 20 Lamp”."""
    title = sort_key(query.text).split("\t")[0]
    return Q(sort_key__startswith=f"{title}\t")


def unranked(products: ProductQuerySet, query: Query) -> ProductQuerySet:
    """Return the products of a query that only filters, such as “sale” or “under 20”."""
    return products.order_by(*_tie_break(query))


def in_order(products: ProductQuerySet, keys: Sequence[int]) -> ProductQuerySet:
    """Return these products in the order of the keys."""
    if not keys:
        return products.none()
    places = json.dumps({key: place for place, key in enumerate(keys)})
    return products.filter(is_among(keys)).order_by(_Place(Value(places), F("pk")), "pk")


def _order(query: Query) -> list[str | OrderBy]:
    if query.is_cheap:
        return ["-met", F("price_amount").asc(nulls_last=True), "-score", *BEST_FIRST]
    if query.is_expensive:
        return ["-met", F("price_amount").desc(nulls_last=True), "-score", *BEST_FIRST]
    return ["-met", "-score", *BEST_FIRST]


def _tie_break(query: Query) -> list[str | OrderBy]:
    """Return the order of products that meet the same."""
    return [each for each in _order(query) if each not in ("-met", "-score")]


def _score(query: Query, levels: Levels) -> Combinable:
    """Add up what a product meets. A kind outweighs all that describes it."""
    pairs = list(zip(query.parts, levels, strict=True))
    total: Combinable = Value(0.0)
    kinds = [level for part, each in pairs if part.is_kind for level in each]
    if kinds:
        total = Value(_outweighing(query)) * _value(kinds)
    several = len([part for part in query.parts if part.is_kind]) > 1
    for part, each in pairs:
        if not part.is_kind:
            total = total + Value(part.weight) * _value(each)
        elif several:
            total = total + Value(0.2) * _value(each)
    for part in query.parts:
        for evidence in evidence_of(part):
            total = total + _value(evidence)
    return total + Case(When(_is_titled(query), then=Value(TITLE_BONUS)), default=Value(0.0))


def _value(levels: Iterable[Level]) -> Combinable:
    ordered = sorted(levels, key=lambda level: -level.value)
    whens = [When(search_vector=LexemeQuery(level.query), then=Value(level.value)) for level in ordered]
    return Case(*whens, default=Value(0.0), output_field=FloatField())
