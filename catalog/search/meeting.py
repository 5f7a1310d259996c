"""Conditions on products for the parts of a query, for searches that rank by something else, such as a photo."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from catalog.search.queries import LexemeQuery, alternatives, lexemes
from catalog.search.query import Part

NEAR_BEST = 0.75  # of the weight of the best meaning: others do not count


def meets(part: Part) -> Q:
    """Return the condition that a product meets the part: by a category or value, or else by its words."""
    best = max((each.weight for each in part.meanings), default=1.0)
    queries = [*_named(part, NEAR_BEST * best)] or [*_worded(part, NEAR_BEST * best)]
    return Q(search_vector=LexemeQuery(alternatives(queries))) if queries else Q(pk__in=[])


def _named(part: Part, least: float) -> Iterator[str]:
    for each in part.meanings:
        if each.name is not None and each.name.lexeme and each.weight >= least:
            yield f"'{each.name.lexeme}'"


def _worded(part: Part, least: float) -> Iterator[str]:
    """Yield conditions on titles and keywords: whole words, and for typed words also their beginnings."""
    for each in part.meanings:
        if each.terms and each.weight >= least:
            yield lexemes(each.terms, ":*ABC" if each.is_typed else ":ABC")
