"""Other words for the words of a query. Independent of the database.

A search for *teacup* also looks for *cup*; a search for *Tasse* looks for *cup* and *mug*. A path from what was typed
to what is looked for takes few steps: a translation into the common language (English in the starter set), a synonym,
a broader word, a translation into the shop's language. Longer paths would drift: from rug to blanket to scarf.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple

from catalog.search.languages import FRENCH, QUERY_LANGUAGES, STOP_WORDS, shop_language, spellings, stem_in
from catalog.search.terms import words as split
from catalog.text.folding import fold

SAME, BROADER, TRANSLATION = "same", "broader", "translation"
WEIGHTS = {SAME: 0.9, BROADER: 0.6, TRANSLATION: 0.95}
LATER = 0.02  # less for each further word of a line: the first says best what is meant
COMMON = "en"
FOREIGN = 0.4  # of the weight
MAX_ALTERNATIVES = 12  # per span
MAX_PHRASE = 6  # words
MAX_WORDS = 20  # of a query
MAX_GAP = 1  # words between those of a phrase: put fresh flowers in
ENDINGS = {"en": ("s", "es")}  # by which forms of a word differ
OTHER_ENDINGS = ("s", "es", "e", "n", "en")
LONE_LETTERS = frozenset("aiy")

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


class _Edge(NamedTuple):
    target: str
    weight: float
    kind: str
    is_inwards: bool  # a translation into the common language
    language: str  # the other language of a translation


class _Match(NamedTuple):
    positions: tuple[int, ...]
    phrase: str
    language: str


Alternatives = tuple[tuple[str, float], ...]


class Thesaurus:
    """Synonyms, found by the stems of a query's words."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._edges: dict[str, dict[_Edge, None]] = defaultdict(dict)
        self._phrases: dict[tuple[str, Key], dict[str, None]] = defaultdict(dict)  # by language and sorted stems
        self._starts: dict[tuple[str, str], set[Key]] = defaultdict(set)  # keys by language and first stem
        self._words: set[str] = set()
        self._singles: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)  # phrase and language by folded word
        self._stems: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            self._add(entry)
        self.alternatives = lru_cache(maxsize=5_000)(self._alternatives)

    def knows(self, word: str) -> bool:
        """Return True if the folded word stands in a phrase, or another form of it in the shop's language."""
        return word in self._words or stem_in(shop_language(), word) in self._stems[shop_language()]

    def is_foreign(self, word: str) -> bool:
        """Return True if the word exists only in another language, though its stem may be one of the shop's."""
        own, folded = shop_language(), fold(word)
        endings = ENDINGS.get(own, OTHER_ENDINGS)
        forms = {folded, *(folded + each for each in endings), *(folded.removesuffix(each) for each in endings)}
        spoken = [{language for _phrase, language in self._singles.get(form, ())} for form in forms]
        return folded in self._singles and not any(own in each for each in spoken)

    def similar(self, length: int, most: int) -> Iterator[str]:
        """Yield the folded words of about this length."""
        for each in range(length - most, length + most + 1):
            yield from self._by_length.get(each, ())

    def meant(self, folded: str) -> Iterator[str]:
        """Yield what the folded word stands for."""
        for phrase, language in self._singles.get(folded, ()):
            yield from (text for text, weight in self.alternatives(phrase, language) if weight >= WEIGHTS[BROADER] / 2)

    def expansions(self, words: Sequence[str], is_sold: Callable[[str], bool] = lambda _: False) -> list[Expansion]:
        """Return what else to look for, for each longest phrase of the query, in the query's order.

        `is_sold` tells which phrases the shop uses. They come first, and where a word means something in the shop's
        own language, its meaning in another one counts less: *hose* is for the garden, not German for trousers.
        """
        words = words[:MAX_WORDS]
        found: dict[tuple[int, ...], list[_Match]] = defaultdict(list)
        for language in _languages():  # the shop's first
            for match in self._matches(language, words):
                typed = words[match.positions[0]] if len(match.positions) == 1 else ""
                is_own = language == shop_language()
                if not (is_own and self.is_foreign(typed)) and not _is_false_friend(
                    match, found[match.positions], words
                ):
                    found[match.positions].append(match)
        longest = {each: found[each] for each in sorted(found) if not any(set(each) < set(other) for other in found)}
        return _merged(self._expansion(at, longest, words, is_sold) for at in longest)

    def _expansion(
        self,
        positions: tuple[int, ...],
        found: dict[tuple[int, ...], list[_Match]],
        words: Sequence[str],
        is_sold: Callable[[str], bool],
    ) -> Expansion:
        typed, best = " ".join(split(" ".join(words[at] for at in positions))), dict[str, float]()
        others = [{match.language for match in matches} for at, matches in found.items() if at != positions]
        for match in found[positions]:
            is_foreign = match.language != shop_language()
            # Four chairs are no French oven, but rote Tasse is German throughout.
            is_mixed = any(shop_language() in other and match.language not in other for other in others)
            sold = [*best] if self.is_foreign(typed) else [typed, *best]
            is_of_others = any(match.language in other and shop_language() not in other for other in others)
            is_unlikely = is_mixed or (not is_of_others and any(map(is_sold, sold)))
            factor = FOREIGN if is_foreign and is_unlikely else 1
            for text, weight in self.alternatives(match.phrase, match.language):
                if text != typed:
                    best[text] = max(factor * weight, best.get(text, 0))
        ranked = sorted(best.items(), key=lambda each: (not is_sold(each[0]), -each[1]))
        return Expansion(positions[0], positions[-1] + 1, tuple(ranked[:MAX_ALTERNATIVES]), positions)

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = defaultdict(list)
        for word in self._singles:
            found[len(word)].append(word)
        return found

    def _add(self, entry: Entry) -> None:
        left, right = (list(filter(None, map(_phrase, side))) for side in (entry.words, entry.synonyms))
        own = (entry.language,) if entry.language else _languages()
        self._index(left, own)
        if entry.kind == SAME:
            self._index(right, own)
            self._link([*left, *right], [*left, *right], SAME)
        elif entry.kind == BROADER:
            self._link(left, right, BROADER)
        else:
            self._index(right, dict.fromkeys((COMMON, shop_language())))
            self._link(left, right, TRANSLATION, language=entry.language, is_inwards=True)
            self._link(right, left, TRANSLATION, language=entry.language)

    def _link(
        self, sources: list[str], targets: list[str], kind: str, *, is_inwards: bool = False, language: str = ""
    ) -> None:
        lower = 0 if kind == SAME else LATER
        weights = [max(WEIGHTS[kind] - lower * place, WEIGHTS[kind] / 2) for place in range(len(targets))]
        edges = [_Edge(*each, kind, is_inwards, language) for each in zip(targets, weights, strict=True)]
        for source in sources:
            self._edges[source].update((edge, None) for edge in edges if edge.target != source)

    def _index(self, phrases: list[str], languages: Iterable[str]) -> None:
        for language, phrase in product(languages, phrases):
            for key in _keys(language, phrase):
                self._phrases[language, key][phrase] = None
                self._starts[language, key[0]].add(key)
                self._stems[language].update(key)
        for language, phrase in product(languages, phrases):
            if " " not in phrase:
                for spelling in spellings(phrase):
                    self._singles[spelling][phrase, language] = None
        self._words.update(spelling for phrase in phrases for word in phrase.split() for spelling in spellings(word))

    def _alternatives(self, phrase: str, typed_in: str) -> Alternatives:
        best: dict[str, float] = {}
        inwards = self._step(phrase, 1.0, TRANSLATION, is_inwards=True)
        for source, weight, _ in [(phrase, 1.0, ""), *(each for each in inwards if each[2] in ("", typed_in))]:
            for meant, lower in self._meanings(source, weight):
                out = (each for each in self._step(meant, lower, TRANSLATION) if each[2] in ("", shop_language()))
                for target, least, _ in [(meant, lower, ""), *out]:
                    best[target] = max(least, best.get(target, 0.0))
        best.pop(phrase, None)
        return tuple(best.items())

    def _meanings(self, phrase: str, weight: float) -> Iterator[tuple[str, float]]:
        """Return the phrase, its synonyms, and what is broader than one of them."""
        yield phrase, weight
        same = [(text, lower) for text, lower, _ in self._step(phrase, weight, SAME)]
        yield from same
        for source, lower in [(phrase, weight), *same]:
            yield from ((text, least) for text, least, _ in self._step(source, lower, BROADER))

    def _step(
        self, phrase: str, weight: float, kind: str, *, is_inwards: bool = False
    ) -> Iterator[tuple[str, float, str]]:
        for edge in self._edges.get(phrase, ()):
            if edge.kind == kind and edge.is_inwards == is_inwards:
                yield edge.target, weight * edge.weight, edge.language

    def _matches(self, language: str, words: Sequence[str]) -> Iterator[_Match]:
        """Return the phrases of the query, in any order of their words, with small gaps."""
        stems: dict[str, dict[int, None]] = defaultdict(dict)
        places, place = [], 0  # stop words take no place
        pieces = [(piece, at) for at, word in enumerate(words) for piece in split(word)][:MAX_WORDS]  # t-shirt is two
        for number, (piece, _at) in enumerate(pieces):
            for spelling in spellings(piece):
                stems[stem_in(language, spelling)][number] = None
            places.append(place)
            place += not _is_stop_word(language, fold(piece))
        for first in stems:
            for key in self._starts.get((language, first), ()):
                if all(each in stems for each in key):
                    for chosen in _close([list(stems[each]) for each in key], places):
                        if len(chosen) > 1 or not _is_stop_word(shop_language(), fold(pieces[chosen[0]][0])):
                            positions = tuple(sorted({pieces[number][1] for number in chosen}))
                            for phrase in self._phrases[language, key]:
                                yield _Match(positions, phrase, language)


def _is_false_friend(match: _Match, found: list[_Match], words: Sequence[str]) -> bool:
    """Return True if a word of the shop's language only shares its stem with another language: couch with couche."""
    is_own = any(each.language == shop_language() for each in found)
    is_foreign = match.language != shop_language()
    typed, phrase = fold(" ".join(words[at] for at in match.positions)), fold(match.phrase)
    # Few French words of four letters grow by more than one: plater is no form of plat.
    is_short = match.language == FRENCH and len(phrase) <= 4 and len(typed) > len(phrase) + 1
    return is_foreign and (is_short or (is_own and phrase != typed))


def _close(choices: list[list[int]], places: list[int]) -> Iterator[tuple[int, ...]]:
    """Return the numbers of a phrase's words, where they lie close together."""
    for chosen in product(*(each[:3] for each in choices)):
        taken = [places[at] for at in chosen]
        if len(set(chosen)) == len(chosen) and max(taken) - min(taken) < len(chosen) + MAX_GAP:
            yield chosen


def _merged(expansions: Iterable[Expansion]) -> list[Expansion]:
    """Merge overlapping expansions into the same words, such as keep bread and bread fresh. Leave out empty ones."""
    merged: dict[tuple[tuple[str, float], ...], Expansion] = {}
    kept: list[Expansion] = []
    for each in expansions:
        last = merged.get(each.alternatives)
        if last and set(last.positions) & set(each.positions):
            kept.remove(last)
            positions = tuple(sorted({*last.positions, *each.positions}))
            each = Expansion(positions[0], positions[-1] + 1, each.alternatives, positions)
        if each.alternatives:
            merged[each.alternatives] = each
            kept.append(each)
    return kept


@lru_cache(maxsize=20_000)
def _phrase(text: str) -> str:
    """Return the phrase in lower case, or an empty string if it is too long."""
    words = split(text)
    return " ".join(words) if 0 < len(words) <= MAX_PHRASE else ""


@lru_cache(maxsize=20_000)
def _keys(language: str, phrase: str) -> tuple[Key, ...]:
    """Return the sorted stems of the phrase, once for each way to write its umlauts.

    Stop words count only if the phrase would be a single word without them: make-up is not make.
    """
    words = [spellings(word) for word in phrase.split()]
    meaning = [each for each in words if not _is_stop_word(language, each[0])]
    chosen = meaning if len(meaning) > 1 else words
    ways = range(max(map(len, chosen)))
    return tuple(tuple(sorted(stem_in(language, each[min(way, len(each) - 1)]) for each in chosen)) for way in ways)


def _is_stop_word(language: str, word: str) -> bool:
    """Return True for a stop word. A letter is one only on its own: t-shirt is not shirt."""
    return word in STOP_WORDS.get(language, ()) and (len(word) > 1 or word in LONE_LETTERS)


def _languages() -> tuple[str, ...]:
    return tuple(dict.fromkeys((shop_language(), *QUERY_LANGUAGES)))
