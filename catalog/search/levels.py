"""The levels on which a product can meet a part of a query, and the conditions made of them.

The best level is the category or value that the part names; then come whole words of titles, keywords, beginnings of
words and descriptions. Synonyms reach the same levels with a lower value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from django.db.models import Q

from catalog.search.languages import stem
from catalog.search.names import ATTRIBUTE, CATEGORY
from catalog.search.queries import LexemeQuery, alternatives, lexemes, together
from catalog.search.query import Meaning, Part, Query
from catalog.search.terms import Term, words
from catalog.search.vectors import NAMED, TITLED
from catalog.search.vocabulary import vocabulary
from catalog.text.folding import fold

STEP = 0.025
# What a product gets for a part, by where it has the words.
TITLE, KEYWORD, TITLE_PREFIX, KEYWORD_PREFIX, DESCRIPTION = 1.0, 0.9, 0.7, 0.65, 0.45
GOOD = 0.5  # a level from here on meets its part
OUTSIDE_KIND = 0.7  # words of a title, where the part is a category
KIND_KEYWORD = 0.35  # other words, where the part is a category: light in “light brown” is no lamp
LEAST_OF_KIND = 0.4
BROADER = 0.7  # a category below this value stands for something narrower
NEAR_BEST = 0.08  # names that weigh so much less are as good as the best
EVIDENCE = 0.25  # for each typed word, where the part stands for something else
VALUE_EVIDENCE = 0.05  # for the words of a value in a title: what is called blue comes before what is of that colour
AS_MODIFIER = 0.6  # a category, where it only describes
LONG_NUMBER = 4  # digits: it may be the beginning of a SKU
WITHOUT_KEYWORD_PREFIX = 3  # levels


class Level(NamedTuple):
    value: float
    query: str


def levels_of(part: Part) -> Iterator[Level]:
    """Return the levels of a part, best first."""
    yield from _by_value(pairs_of(part))


def pairs_of(part: Part) -> Iterator[tuple[float, str]]:
    """Yield the values and queries of all levels of a part."""
    pairs = (pair for meaning in part.meanings for pair in _meaning_levels(meaning, part))
    return ((value, query) for value, query in pairs if query and value > 0)


def _by_value(pairs: Iterable[tuple[float, str]]) -> Iterator[Level]:
    found: dict[float, list[str]] = {}
    for value, query in pairs:
        if query and value > 0:
            found.setdefault(round(value / STEP) * STEP, []).append(query)
    for value in sorted(found, reverse=True):
        yield Level(round(value, 3), alternatives(found[value]))


def evidence_of(part: Part) -> Iterator[list[Level]]:
    """Return levels for the typed words, and if they stand for a kind, for the titles of its synonyms."""
    if not part.is_kind:
        if any(part.names(ATTRIBUTE)):
            yield from ([Level(VALUE_EVIDENCE, lexemes(terms, "", TITLED))] for terms in part.words)
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
    # Each level includes the one before it, but the third not the second.
    yield from _word_levels(meaning.terms, weight, has_prefixes=meaning.is_typed)


def _word_levels(terms: tuple[Term, ...], weight: float, *, has_prefixes: bool) -> Iterator[tuple[float, str]]:
    yield weight * TITLE, lexemes(terms, "", TITLED)
    yield weight * KEYWORD, lexemes(terms, "", NAMED)
    if has_prefixes:
        yield weight * TITLE_PREFIX, lexemes(terms, ":*", TITLED)
        if not _is_small_number(terms):  # 42 is no beginning of 420 ml
            yield weight * KEYWORD_PREFIX, lexemes(terms, ":*", NAMED)
    yield weight * DESCRIPTION, lexemes(terms)


def _is_small_number(terms: tuple[Term, ...]) -> bool:
    return all(part[0].isdecimal() and len(part[0]) < LONG_NUMBER for term in terms for part in term.parts)


def _lexeme(text: str) -> str:
    return f"'{text}'"


def _widest(parts: Iterable[Part], least: float) -> Iterator[str]:
    """Return queries for the levels from this value on, without those that another one includes."""
    for part in parts:
        for meaning in part.meanings:
            found = [query for value, query in _meaning_levels(meaning, part) if query and value >= least]
            with_description = (
                [found.pop()] if least < DESCRIPTION and not part.is_kind and meaning.name is None else []
            )
            yield from with_description
            yield from found[-1:] if len(found) != WITHOUT_KEYWORD_PREFIX else found[1:]


def excluding(query: Query) -> str:
    """Return the tsquery for products that “not …” leaves out."""
    return alternatives(each for part in query.excluded for each in _excluding(part))


def _excluding(part: Part) -> Iterator[str]:
    """Return queries for what the part excludes. Words exclude by description only if nothing has their name."""
    named = [each.name.lexeme for each in part.meanings if each.name is not None and each.name.lexeme]
    yield from map(_lexeme, named)
    yield from (lexemes(each.terms, "", NAMED if named else "") for each in part.meanings if each.terms)


def worth_ranking(query: Query) -> Q:
    """Return the condition for products worth ranking."""
    kinds = [part for part in query.parts if part.is_kind]
    if kinds:
        return Q(search_vector=LexemeQuery(alternatives(_widest(kinds, LEAST_OF_KIND))))
    if len(query.parts) == 1:
        return Q(search_vector=LexemeQuery(alternatives(_widest(query.parts, 0.0))))
    anything = [alternatives(_widest([part], 0.0)) for part in query.parts]
    pairs = [together(pair) for pair in combinations(filter(None, anything), 2)]
    return Q(search_vector=LexemeQuery(alternatives([*_widest(query.parts, GOOD), *pairs])))


def meets_all(query: Query) -> Q:
    """Return the condition for products that meet every part, not only in their description."""
    good = [alternatives(_widest([part], _good(part))) for part in query.parts]
    return Q(search_vector=LexemeQuery(together(good))) if all(good) else Q(pk__in=[])


def _good(part: Part) -> float:
    """Return the value from which on a product meets the part. Where there are handbags, other bags do not."""
    best = max((each.weight for each in part.meanings if each.name is not None), default=0.0)
    return BROADER if part.is_kind and best >= BROADER else GOOD


def meeting_exactly(query: Query) -> str:
    """Return the tsquery for products that meet every part by name, or by its words if no name fits.

    What is a word of the shop must be the whole word. Empty if no product can.
    """
    exact = [alternatives(_exact(part)) for part in query.parts]
    return together(exact) if all(exact) else ""


def exact_meanings(part: Part) -> list[Meaning]:
    """Return what meets the part exactly: the names that fit best, or if there is none, the typed words."""
    kind = CATEGORY if part.is_kind else ATTRIBUTE
    named = [each for each in part.meanings if each.name is not None and each.name.kind == kind]
    best = max((each.weight for each in named), default=0.0)
    if best >= BROADER:
        return [each for each in named if each.weight >= max(BROADER, best - NEAR_BEST)]
    return [each for each in part.meanings if each.name is None and each.is_typed]


def _exact(part: Part) -> list[str]:
    meanings = exact_meanings(part)
    known = [word for word in map(fold, words(part.text)) if vocabulary().named(word)]
    whole = frozenset([*known, *map(stem, known)])
    return [_lexeme(each.name.lexeme) if each.name else lexemes(each.terms, ":*", NAMED, whole) for each in meanings]
