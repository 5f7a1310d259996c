"""Rank products by how much of a query they meet, in SQL.

Every part of a query has levels: the categories and values it names, whole words of titles, keywords, beginnings of
words, descriptions. A product gets the value of the best level it reaches, times the weight of the part.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Case, F, FloatField, Func, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable, OrderBy

from catalog.models import ProductQuerySet
from catalog.search import candidates
from catalog.search.candidates import BEST_FIRST, MOST_RANKED, IsListed
from catalog.search.names import CATEGORY
from catalog.search.queries import LexemeQuery, alternatives, lexemes
from catalog.search.query import Meaning, Part, Query
from catalog.search.terms import Term
from catalog.search.vectors import NAMED, TITLED
from catalog.text.sorting import sort_key

KEYS: ArrayField[Sequence[int], list[int]] = ArrayField(BigIntegerField())
MIN_SHARE = 0.41  # of the weight of the parts
MIN_OF_BEST = 0.35  # of the best product's score
GOOD = 0.5  # a level from here on meets its part
STEP = 0.05
# What a product gets for a part, by where it has the words.
TITLE, KEYWORD, TITLE_PREFIX, KEYWORD_PREFIX, DESCRIPTION = 1.0, 0.9, 0.7, 0.65, 0.45
OUTSIDE_KIND = 0.8  # words of a title, where the part is a category
KIND_KEYWORD = 0.35  # other words, where the part is a category: light in “light brown” is no lamp
LEAST_OF_KIND = 0.4
EVIDENCE = 0.25  # for each typed word, where the part stands for something else
AS_MODIFIER = 0.6  # a category, where it only describes
TITLE_BONUS = 10.0


class Level(NamedTuple):
    value: float
    query: str


class Ranked(NamedTuple):
    """Keys of products, best first: those that meet enough of the query, the ones among them that meet all of it,
    and those that only mention a word of it in their description.
    """

    keys: list[int]
    answers: frozenset[int] = frozenset()
    mentions: Sequence[int] = ()


class _Place(Func):
    """The number under the key in a JSON object. It is found by bisection, unlike the place in an array."""

    arg_joiner, template = "::jsonb ->> ", "(%(expressions)s::text)::integer"
    output_field = IntegerField()


def filtered(products: ProductQuerySet, query: Query) -> ProductQuerySet:
    """Apply what filters: price, reduced, in stock, and what is excluded. A product with the query as title stays."""
    if not query.has_filters:
        return products
    wanted = (
        ~Q(search_vector=LexemeQuery(alternatives(query for part in query.excluded for query in _excluding(part))))
        if query.excluded
        else Q()
    )
    if query.is_reduced:
        wanted &= Q(compare_at_amount__isnull=False)
    if query.in_stock:
        wanted &= Q(is_in_stock=True)
    if query.min_price is not None:
        wanted &= Q(price_amount__gte=query.min_price)
    if query.max_price is not None:
        wanted &= Q(price_amount__lte=query.max_price)
    return products.filter(wanted | _is_titled(query))


def rank(products: ProductQuerySet, query: Query) -> Ranked:
    """Return the products that meet a good share of the query, best first."""
    if not query.parts:
        return Ranked([])
    levels = [list(_levels(part)) for part in query.parts]
    matches = _matches(query, levels)
    if query.has_filters:
        matches |= _is_titled(query)
    found = _candidates(products, query).filter(matches).annotate(score=_score(query, levels), met=_is_met(levels))
    rows = list(found.order_by(*_order(query)).values_list("pk", "met", "score")[:MOST_RANKED])
    best = max((score for _key, _met, score in rows), default=0.0)
    total = sum(part.weight for part in query.parts)
    least = GOOD if len(query.parts) == 1 else MIN_SHARE
    if best < least * total and not any(part.is_kind for part in query.parts):
        return Ranked([], mentions=[key for key, _met, _score in rows])
    kept = [(key, met) for key, met, score in rows if score >= MIN_OF_BEST * min(best, total)]
    return Ranked([key for key, _met in kept], frozenset(key for key, met in kept if met))


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
    return products.filter(IsListed(F("pk"), Value(list(keys), KEYS))).order_by(_Place(Value(places), F("pk")), "pk")


def _order(query: Query) -> list[str | OrderBy]:
    if query.is_cheap:
        return ["-met", F("price_amount").asc(nulls_last=True), "-score", *BEST_FIRST]
    if query.is_expensive:
        return ["-met", F("price_amount").desc(nulls_last=True), "-score", *BEST_FIRST]
    return ["-met", "-score", *BEST_FIRST]


def _tie_break(query: Query) -> list[str | OrderBy]:
    """Return the order of products that meet the same."""
    return [each for each in _order(query) if each not in ("-met", "-score")]


def _levels(part: Part) -> Iterator[Level]:
    """Return the levels of a part, best first."""
    yield from _by_value(pair for meaning in part.meanings for pair in _meaning_levels(meaning, part))


def _by_value(pairs: Iterable[tuple[float, str]]) -> Iterator[Level]:
    found: dict[float, list[str]] = {}
    for value, query in pairs:
        if query and value > 0:
            found.setdefault(round(value / STEP) * STEP, []).append(query)
    for value in sorted(found, reverse=True):
        yield Level(round(value, 2), alternatives(found[value]))


def _evidence(part: Part) -> Iterator[list[Level]]:
    """Return levels for the words of a kind that stands for something else, and for the titles of its synonyms."""
    if not part.is_kind:
        return
    for terms in part.words:
        yield list(_by_value(_word_levels(terms, EVIDENCE, has_prefixes=True)))
    others = [
        (EVIDENCE * each.weight, lexemes(each.terms, ":A"))
        for each in part.meanings
        if each.terms and not each.is_typed
    ]
    if others:
        yield list(_by_value(others))


def _meaning_levels(meaning: Meaning, part: Part) -> Iterator[tuple[float, str]]:
    weight = meaning.weight
    if meaning.name is not None:
        if meaning.name.lexeme:
            is_fitting = (meaning.name.kind == CATEGORY) == part.is_kind
            yield weight * (1.0 if is_fitting else AS_MODIFIER), _lexeme(meaning.name.lexeme)
        return
    if part.is_kind:
        yield weight * OUTSIDE_KIND, lexemes(meaning.terms, "", TITLED)
        yield weight * KIND_KEYWORD, lexemes(meaning.terms, "", NAMED)
        return
    yield from _word_levels(meaning.terms, weight, has_prefixes=meaning.is_typed)


def _word_levels(terms: tuple[Term, ...], weight: float, *, has_prefixes: bool) -> Iterator[tuple[float, str]]:
    yield weight * TITLE, lexemes(terms, "", TITLED)
    yield weight * KEYWORD, lexemes(terms, "", NAMED)
    if has_prefixes:
        yield weight * TITLE_PREFIX, lexemes(terms, ":*", TITLED)
        yield weight * KEYWORD_PREFIX, lexemes(terms, ":*", NAMED)
    yield weight * DESCRIPTION, lexemes(terms)


def _lexeme(text: str) -> str:
    return f"'{text}'"


def _excluding(part: Part) -> Iterator[str]:
    """Return queries for what the part excludes. Words exclude by description only if nothing has their name."""
    named = [each.name.lexeme for each in part.meanings if each.name is not None and each.name.lexeme]
    yield from map(_lexeme, named)
    yield from (lexemes(each.terms, "", NAMED if named else "") for each in part.meanings if each.terms)


def _candidates(products: ProductQuerySet, query: Query) -> ProductQuerySet:
    """Return the products worth scoring. If the query asks for a kind, that is what they must be."""
    levels = [(part, list(_pairs(part))) for part in query.parts]
    kinds = [each for part, pairs in levels if part.is_kind for value, each in pairs if value >= LEAST_OF_KIND]
    parts = [
        candidates.Part.of((each for _value, each in pairs), (each for value, each in pairs if value >= GOOD))
        for part, pairs in levels
        if not (kinds and part.is_kind)
    ]
    is_plain = not (query.is_cheap or query.is_expensive)
    order = BEST_FIRST if is_plain else _tie_break(query)
    kind = candidates.Part.of(kinds, kinds) if kinds else None
    return candidates.candidates(products, kind, parts, _is_titled(query), order)


def _pairs(part: Part) -> Iterator[tuple[float, str]]:
    """Yield the levels of all meanings of a part that have words."""
    pairs = (pair for meaning in part.meanings for pair in _meaning_levels(meaning, part))
    return ((value, query) for value, query in pairs if query and value > 0)


def _matches(query: Query, levels: Sequence[Sequence[Level]]) -> Q:
    """Return the condition for products worth ranking."""
    kinds = [
        level.query
        for part, each in zip(query.parts, levels, strict=True)
        if part.is_kind
        for level in each
        if level.value >= LEAST_OF_KIND
    ]
    if kinds:
        return Q(search_vector=LexemeQuery(alternatives(kinds)))
    least = 0.0 if len(levels) == 1 else GOOD
    strong = [level.query for each in levels for level in each if level.value >= least]
    anything = [alternatives(level.query for level in each) for each in levels]
    pairs = [f"({one} & {other})" for at, one in enumerate(anything) for other in anything[at + 1 :] if one and other]
    return Q(search_vector=LexemeQuery(alternatives([*strong, *pairs])))


def _score(query: Query, levels: Sequence[Sequence[Level]]) -> Combinable:
    """Add up what a product meets. A kind outweighs all that describes it."""
    pairs = list(zip(query.parts, levels, strict=True))
    total: Combinable = Value(0.0)
    kinds = [level for part, each in pairs if part.is_kind for level in each]
    if kinds:
        outweighing = 1.0 + sum(part.weight for part in query.parts if not part.is_kind)
        total = Value(outweighing) * _value(kinds)
    several = len([part for part in query.parts if part.is_kind]) > 1
    for part, each in pairs:
        if not part.is_kind:
            total = total + Value(part.weight) * _value(each)
        elif several:
            total = total + Value(0.2) * _value(each)
    for part in query.parts:
        for evidence in _evidence(part):
            total = total + _value(evidence)
    return total + Case(When(_is_titled(query), then=Value(TITLE_BONUS)), default=Value(0.0))


def _value(levels: Iterable[Level]) -> Combinable:
    ordered = sorted(levels, key=lambda level: -level.value)
    whens = [When(search_vector=LexemeQuery(level.query), then=Value(level.value)) for level in ordered]
    return Case(*whens, default=Value(0.0), output_field=FloatField())


def _is_met(levels: Sequence[Sequence[Level]]) -> Combinable:
    """Meet every part, in any way but through the description."""
    good = [alternatives(level.query for level in each if level.value >= GOOD) for each in levels]
    if not all(good):
        return Value(False)
    return Case(When(search_vector=LexemeQuery(" & ".join(good)), then=Value(True)), default=Value(False))
