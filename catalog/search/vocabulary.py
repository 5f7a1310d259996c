"""The words of the shop's products, and how many products contain each.

A task counts them (`catalog.search.counting`). Requests read the table once, and again when it changes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from math import log
from typing import NamedTuple

from catalog.models import VocabularyCount, VocabularyWord
from catalog.search.changes import TableCache
from catalog.search.languages import stem
from catalog.text.folding import fold

MAX_WORDS = 50_000  # in memory


class Known(NamedTuple):
    """A word as the shop writes it, and the number of products with it: in any text, and outside descriptions."""

    word: str
    products: int
    named: int


class Vocabulary:
    """The words of the shop, by their folded form."""

    def __init__(self, products: int, rows: Iterable[tuple[str, str, int, int]]) -> None:
        self.products = products
        self.words: dict[str, Known] = {}
        self._stems: dict[str, int] = defaultdict(int)
        self._named: dict[str, int] = defaultdict(int)  # by stem
        for word, stemmed, number, named in rows:  # most frequent first
            self.words.setdefault(fold(word), Known(word, number, named))
            self._stems[stemmed] += number
            self._named[stemmed] += named

    def frequency(self, word: str) -> int:
        """Return the number of products with this folded word or another form of it, at most roughly."""
        known = self.words.get(word)
        number = max(known.products if known else 0, self._stems.get(stem(word) or word, 0))
        return min(number, self.products)

    def named(self, word: str) -> int:
        """Return the number of products with this folded word or another form of it outside their description."""
        return min(self._named.get(stem(word) or word, 0), self.products)

    def idf(self, word: str) -> float:
        """Return how much a folded word says about a product: 1 if none has it, almost 0 if all have."""
        if not self.products:
            return 1.0
        return log((self.products + 1) / (self.frequency(word) + 0.5)) / log(2 * (self.products + 1))

    def has(self, word: str) -> bool:
        """Return True if products contain this folded word or another form of it."""
        return word in self.words or (stem(word) or word) in self._stems

    def has_all(self, phrase: str) -> bool:
        """Return True if products contain each word of the phrase."""
        return all(map(self.has, map(fold, phrase.split())))

    def begins(self, word: str) -> bool:
        """Return True if a word in the name of a product begins like this."""
        at = bisect_left(self.names, word)
        return at < len(self.names) and self.names[at].startswith(word)

    @cached_property
    def names(self) -> list[str]:
        """The folded words of titles, brands, categories and attributes, in order."""
        return sorted(word for word, known in self.words.items() if known.named)

    @cached_property
    def by_length(self) -> dict[int, list[str]]:
        """The names by their length."""
        found: dict[int, list[str]] = defaultdict(list)
        for name in self.names:
            found[len(name)].append(name)
        return found


def vocabulary() -> Vocabulary:
    """Return the words as last counted; none if they were never counted."""
    return cache.get()


def idf(word: str) -> float:
    """Return how much a word of a query says about a product, from 0 to 1."""
    return vocabulary().idf(fold(word))


def _read() -> Vocabulary:
    counted = VocabularyCount.objects.order_by("pk").last()
    rows = VocabularyWord.objects.order_by("-named", "-products", "word")
    return Vocabulary(
        counted.products if counted else 0, rows.values_list("word", "stem", "products", "named")[:MAX_WORDS]
    )


cache = TableCache(lambda found: found.vocabulary, _read)
