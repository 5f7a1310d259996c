"""Typos, and words that are written together or apart.

A word that exists in a language is never replaced: pillow is no typo of willow. Its neighbours are only offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import log2
from typing import NamedTuple

import regex
from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.search import dictionary
from catalog.search.languages import GERMAN, shop_language, spellings, stem
from catalog.search.synonyms import thesaurus
from catalog.search.thesaurus import Expansion
from catalog.search.vocabulary import Vocabulary, vocabulary
from catalog.text.folding import fold

MIN_LENGTH = 3
MAX_LENGTH = 40
MAX_CANDIDATES = 40
MAX_SUGGESTIONS = 5
NOT_OF_SHOP = 0.3
RARE = 10  # log2 of the frequency below which a word of the language may be a typo
LINKS = ("", "s", "n", "en", "es", "e", "er", "ens")  # letters between the parts of a German word
MIN_PART = 3
SPLIT_WEIGHT = JOIN_WEIGHT = 0.9
ROWS = ("qwertzuiop", "asdfghjkl", "yxcvbnm", "qwertyuiop", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn")
DOUBLED = re.compile(r"(.)\1+")
NEIGHBOURS = {pair for row in ROWS for a, b in pairwise(row) for pair in ((a, b), (b, a))}


class Suggestions(NamedTuple):
    """The known words most similar to a word. If it exists in a language, they may only be offered."""

    word: str
    exists: bool
    words: tuple[str, ...]


def suggestions(word: str) -> Suggestions:
    """Return the words of the shop that the word may be a typo of, best first. None for a word that it knows."""
    folded, known = fold(word), vocabulary()
    if not MIN_LENGTH <= len(folded) <= MAX_LENGTH or not folded.isalpha() or is_known(word):
        return Suggestions(word, True, ())
    ranked = _ranked(folded, known)
    exists = _exists(word, folded, ranked)
    # A common word is what was meant, unless a single letter makes it another.
    likely = [each for each, _ in ranked if not exists or OSA.distance(folded, each) <= 1]
    return Suggestions(word, exists, tuple(known.words[each].word if each in known.words else each for each in likely))


def is_known(word: str) -> bool:
    """Return True if products contain the word or another form of it, or if the name of one begins with it."""
    known = vocabulary()
    return any(known.has(each) or known.begins(each) for each in spellings(word))


def may_find(word: str) -> bool:
    """Return True if the shop has the word, a synonym of it, its parts, or a word that it may be a typo of."""
    is_named = is_known(word) or any(map(thesaurus().knows, spellings(word))) or any(_splits([word]))
    return is_named or bool(suggestions(word).words)


def corrected(query: list[str]) -> str:
    """Return the words, with each typo replaced by the most similar known word."""
    found = (suggestions(word) for word in query)
    return " ".join(each.words[0] if each.words and not each.exists else each.word for each in found)


def typos(words: Iterable[str]) -> dict[str, str]:
    """Map the words that exist in no language to the most similar known word."""
    found = {word: suggestions(word) for word in words}
    return {word: each.words[0] for word, each in found.items() if each.words and not each.exists}


def replaced(text: str, words: Mapping[str, str]) -> str:
    """Return the text with these words replaced by others."""
    for word, other in words.items():
        text = regex.sub(rf"(?<!\w){regex.escape(word)}(?!\w)", other, text)
    return text


def compounds(words: Sequence[str]) -> list[Expansion]:
    """Return other ways to write the words, apart or together, that the shop or its synonyms know."""
    return [*_joins(words), *_splits(words)]


def _joins(words: Sequence[str]) -> Iterator[Expansion]:
    known = vocabulary()
    for at in range(len(words) - 1):
        joined = fold(words[at]) + fold(words[at + 1])
        is_form = stem(joined) == stem(fold(words[at]))  # silver ring is no form of silver
        if len(joined) >= 2 * MIN_PART and known.has(joined) and not is_form:
            yield Expansion(at, at + 2, ((joined, JOIN_WEIGHT),), (at, at + 1))


def _splits(words: Sequence[str]) -> Iterator[Expansion]:
    for at, word in enumerate(words):
        folded = fold(word)
        if 2 * MIN_PART <= len(folded) <= MAX_LENGTH and folded.isalpha() and not vocabulary().has(folded):
            parts = _parts(folded)
            if parts:
                yield Expansion(at, at + 1, ((" ".join(parts), SPLIT_WEIGHT),), (at,))


def _parts(word: str) -> tuple[str, ...]:
    """Split a word into two known ones; the longer the second, which says what the thing is, the better."""
    links = LINKS if shop_language() == GERMAN or GERMAN in dictionary.languages_of(word) else ("",)
    if links == ("",) and dictionary.frequency(word):
        return ()  # carpet is no car pet
    for at in range(MIN_PART, len(word) - MIN_PART + 1):
        tail = word[at:]
        if _is_part(tail):
            for link in links:
                head = word[:at].removesuffix(link) if link and word[:at].endswith(link) else word[:at]
                if len(head) >= MIN_PART and (not link or head != word[:at]) and _is_part(head):
                    return head, tail
    return ()


def _is_part(word: str) -> bool:
    return vocabulary().has(word) or thesaurus().knows(word)


def _exists(word: str, folded: str, ranked: list[tuple[str, float]]) -> bool:
    if any(thesaurus().knows(each) for each in spellings(word)):
        return True
    frequency = dictionary.frequency(folded)
    is_near = bool(ranked) and OSA.distance(folded, ranked[0][0]) <= 1
    return frequency > RARE or (frequency > 0 and not is_near)


def _ranked(word: str, known: Vocabulary) -> list[tuple[str, float]]:
    """Return the most similar names of the shop with their cost, best first."""
    most = _max_distance(word)
    names = [
        name for length in range(len(word) - most, len(word) + most + 1) for name in known.by_length.get(length, ())
    ]
    found = process.extract(word, names, scorer=OSA.distance, score_cutoff=most, limit=MAX_CANDIDATES)
    likely = [name for name, _, _ in found if stem(name)]  # no stop words, such as the “the” in a brand
    costs = [(name, _cost(word, name) - _bonus(known.words[name].named)) for name in likely]
    costs += [(other, _cost(word, other) + NOT_OF_SHOP) for other in _other_words(word, known, likely)]
    return sorted(costs, key=lambda each: (each[1], each[0]))[:MAX_SUGGESTIONS]


def _other_words(word: str, known: Vocabulary, likely: Sequence[str]) -> list[str]:
    """Return similar words that the shop only has synonyms for: snekers are sneakers, which it calls trainers.

    Leave out other spellings of the likely words: enamelled, not enameled.
    """
    most = min(2, _max_distance(word))
    others = [each for each in thesaurus().similar(len(word), most) if each not in known.words]
    found = process.extract(word, others, scorer=OSA.distance, score_cutoff=most, limit=MAX_CANDIDATES)
    meant = {each: {fold(text) for text in thesaurus().meant(each)} for each, _, _ in found}
    return [each for each, texts in meant.items() if texts.isdisjoint(likely) and any(map(known.has_all, texts))]


def _max_distance(word: str) -> int:
    return 1 if len(word) < 5 else 2 if len(word) < 10 else 3


def _bonus(products: int) -> float:
    return min(0.3, 0.03 * log2(1 + products))


def _cost(word: str, name: str) -> float:
    """Return the distance, lower for slips that fingers make: neighbours on the keyboard, swaps, doubled letters."""
    cost = float(OSA.distance(word, name))
    if len(word) == len(name):
        differing = [(a, b) for a, b in zip(word, name, strict=True) if a != b]
        if len(differing) == 2 and differing[0] == differing[1][::-1]:
            cost -= 0.3
        cost -= 0.2 * sum(pair in NEIGHBOURS for pair in differing) / max(1, len(differing))
    if word[0] != name[0]:
        cost += 0.2
    if DOUBLED.sub(r"\1", word) == DOUBLED.sub(r"\1", name):
        cost -= 0.3
    return cost
