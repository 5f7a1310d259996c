"""Values that are a kind of something else: a search for blue also finds navy, and “not blue” excludes it.

The thesaurus says that navy is a blue. Here its one-way synonyms are read backwards, for the values of the shop.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from catalog.search.languages import shop_language
from catalog.search.names import ATTRIBUTE, CATEGORY, Key, Named, NameIndex
from catalog.search.terms import words
from catalog.search.thesaurus import Thesaurus
from catalog.search.tokens import name_key

MAX_VALUES = 5_000
LEAST = 0.5  # weight of a synonym


class _Loaded(NamedTuple):
    known: NameIndex
    thesaurus: Thesaurus
    narrower: dict[Key, list[Named]]


_loaded: _Loaded | None = None


def narrower(key: Key, known: NameIndex, thesaurus: Thesaurus) -> list[Named]:
    """Return the attribute values that are a kind of this. Computed once for the current names and synonyms."""
    global _loaded
    loaded = _loaded
    if loaded is None or loaded.known is not known or loaded.thesaurus is not thesaurus:
        loaded = _loaded = _Loaded(known, thesaurus, _read(known, thesaurus))
    return loaded.narrower.get(key, [])


def _read(known: NameIndex, thesaurus: Thesaurus) -> dict[Key, list[Named]]:
    found: dict[Key, list[Named]] = defaultdict(list)
    values = [name for name in known.all if name.kind == ATTRIBUTE]
    for name in values[:MAX_VALUES]:
        for phrase, weight in thesaurus.alternatives(" ".join(words(name.label)), shop_language()):
            is_category = any(each.name.kind == CATEGORY for each in known.find(name_key(phrase)))
            if weight >= LEAST and not is_category:  # winter is no kind of jacket
                found[name_key(phrase)].append(Named(name, weight))
    return dict(found)
