"""Other words for the words of a query. Independent of the database.

A search for *teacup* also looks for *cup*; a search for *Tasse* looks for *cup* and *mug*. A path from what was typed
to what is looked for takes at most three steps, in this order: translate into the common language (English in the
starter set), one synonym, translate out of it. Longer paths would drift: from rug to blanket to scarf.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from catalog.search.languages import QUERY_LANGUAGES, STOP_WORDS, shop_language, spellings, stem_in
from catalog.search.terms import words as split

SAME, BROADER, TRANSLATION = "same", "broader", "translation"
WEIGHTS = {SAME: 0.9, BROADER: 0.6, TRANSLATION: 0.95}
MAX_ALTERNATIVES = 12  # per span
MAX_PHRASE = 6  # words
MAX_WORDS = 20  # of a query
MAX_GAP = 1  # words between those of a phrase: put fresh flowers in
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")  # t-shirt: a letter is a stop word only on its own

Key = tuple[str, ...]


class Expansion(NamedTuple):
    """Words that mean the same as a span of the query, or something broader, with weights up to 1.

    `positions` are the words of the query that they stand for: a phrase may have gaps.
    """

    start: int
    end: int
    alternatives: tuple[tuple[str, float], ...]
    positions: tuple[int, ...]


class Entry(NamedTuple):
    """A row of the table: phrases on both sides, how they relate, and the language of the first ones."""

    words: tuple[str, ...]
    synonyms: tuple[str, ...]
    kind: str
    language: str


@dataclass(frozen=True)
class _Edge:
    target: str
    kind: str
    is_inwards: bool  # a translation into the pivot language


class Thesaurus:
    """Synonyms, found by the stems of a query's words."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._edges: dict[str, dict[_Edge, None]] = defaultdict(dict)
        self._phrases: dict[tuple[str, Key], dict[str, None]] = defaultdict(dict)  # by language and sorted stems
        self._anchors: dict[tuple[str, str], set[Key]] = defaultdict(set)  # keys by their first stem
        self._words: set[str] = set()
        for entry in entries:
            self._add(entry)
        self.alternatives = lru_cache(maxsize=5_000)(self._alternatives)

    def knows(self, word: str) -> bool:
        """Return True if the folded word stands in a phrase."""
        return word in self._words

    def expansions(self, words: Sequence[str]) -> list[Expansion]:
        """Return what else to look for, for each longest phrase of the query, in the query's order."""
        found: dict[tuple[int, ...], dict[str, float]] = {}
        for language in _languages():
            for positions, key in self._matches(language, list(words[:MAX_WORDS])):
                better = found.setdefault(positions, {})
                for phrase in self._phrases[language, key]:
                    for text, weight in self.alternatives(phrase):
                        better[text] = max(weight, better.get(text, 0))
        longest = [each for each in found if not any(set(each) < set(other) for other in found)]
        return [_expansion(positions, found[positions], words) for positions in sorted(longest) if found[positions]]

    def _add(self, entry: Entry) -> None:
        left, right = [_phrase(each) for each in entry.words], [_phrase(each) for each in entry.synonyms]
        own = (entry.language,) if entry.language else _languages()
        for phrase in filter(None, left):
            self._index(phrase, own)
        if entry.kind == SAME:
            everything = [*left, *right]
            self._link(everything, everything, SAME)
        else:
            self._link(left, right, entry.kind, is_inwards=True)
        if entry.kind == TRANSLATION:
            self._link(right, left, TRANSLATION)
        if entry.kind != BROADER:
            for phrase in filter(None, right):
                self._index(phrase, own if entry.kind == SAME else _languages())

    def _link(self, sources: list[str], targets: list[str], kind: str, *, is_inwards: bool = False) -> None:
        for source, target in product(sources, targets):
            if source and target and source != target:
                self._edges[source][_Edge(target, kind, is_inwards)] = None

    def _index(self, phrase: str, languages: Iterable[str]) -> None:
        for language in languages:
            for key in _keys(language, phrase):
                self._phrases[language, key][phrase] = None
                self._anchors[language, key[0]].add(key)
        self._words.update(spelling for word in split(phrase) for spelling in spellings(word))

    def _alternatives(self, phrase: str) -> tuple[tuple[str, float], ...]:
        best: dict[str, float] = {}
        for source, weight in [(phrase, 1.0), *self._step(phrase, 1.0, TRANSLATION, is_inwards=True)]:
            for kind in (SAME, BROADER):
                for meant, lower in [(source, weight), *self._step(source, weight, kind)]:
                    for target, least in [(meant, lower), *self._step(meant, lower, TRANSLATION)]:
                        best[target] = max(least, best.get(target, 0))
        best.pop(phrase, None)
        return tuple(sorted(best.items(), key=lambda each: -each[1]))

    def _step(self, phrase: str, weight: float, kind: str, *, is_inwards: bool = False) -> Iterator[tuple[str, float]]:
        for edge in self._edges.get(phrase, ()):
            if edge.kind == kind and (kind != TRANSLATION or edge.is_inwards == is_inwards):
                yield edge.target, weight * WEIGHTS[kind]

    def _matches(self, language: str, words: list[str]) -> Iterator[tuple[tuple[int, ...], Key]]:
        """Return the phrases of the query, in any order of their words, with small gaps."""
        stems: dict[str, list[int]] = defaultdict(list)
        places = [at for at, word in enumerate(words) if not _is_stop_word(language, spellings(word)[0])]
        for place, at in enumerate(places):
            for spelling in spellings(words[at]):
                stems[stem_in(language, spelling)].append(place)
        for first in stems:
            for key in self._anchors.get((language, first), ()):
                if all(each in stems for each in key):
                    for chosen in _placed([stems[each] for each in key]):
                        yield tuple(sorted(places[place] for place in chosen)), key


def _placed(choices: list[list[int]]) -> Iterator[tuple[int, ...]]:
    """Return the distinct places of a phrase's words that lie close together."""
    for chosen in product(*(each[:3] for each in choices)):
        if len(set(chosen)) == len(chosen) and max(chosen) - min(chosen) < len(chosen) + MAX_GAP:
            yield chosen


def _expansion(positions: tuple[int, ...], found: dict[str, float], words: Sequence[str]) -> Expansion:
    typed = " ".join(words[at] for at in positions)
    ranked = sorted(((text, weight) for text, weight in found.items() if text != typed), key=lambda each: -each[1])
    return Expansion(positions[0], positions[-1] + 1, tuple(ranked[:MAX_ALTERNATIVES]), positions)


def _phrase(text: str) -> str:
    """Return the phrase in lower case, or an empty string if it is too long."""
    words = split(text)
    return " ".join(words) if 0 < len(words) <= MAX_PHRASE else ""


def _keys(language: str, phrase: str) -> Iterator[Key]:
    """Return the sorted stems of the phrase, once for each way to write its umlauts."""
    words = [spellings(word) for word in phrase.split()]
    meaning = [each for each in words if not _is_stop_word(language, each[0])] or words
    for spelling in range(max(map(len, meaning))):
        yield tuple(sorted(stem_in(language, each[min(spelling, len(each) - 1)]) for each in meaning))


def _is_stop_word(language: str, word: str) -> bool:
    return word in STOP_WORDS.get(language, ()) and word not in LETTERS - {"a", "i"}


def _languages() -> tuple[str, ...]:
    return tuple(dict.fromkeys((shop_language(), *QUERY_LANGUAGES)))
