"""Read side: the words that a network knows, cached in each process, and the vector of a query."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from django.core.cache import caches
from django.db.models import BinaryField, Func

from catalog.search import understand
from catalog.search.query import Part
from visualsearch.models import Network, WordVector
from visualsearch.networks import serving
from visualsearch.words.bags import bag
from visualsearch.words.learning import Floats, LearntWord

CACHE_SECONDS = 5 * 60
MIN_WEIGHT = 0.8  # of a synonym: broader words look different
MIN_LENGTH = 1e-6
MIN_SHARE = 0.6  # of the way to its threshold that a picture must go for every word of several


@dataclass(frozen=True)
class WordsVector:
    """What a query looks like: a unit vector of the network, to be compared by inner product like that of a photo.

    `words` are the learnt words that make it up, `unknown` the other parts of the query. `strangers` are words
    that pictures tell and that no product of the shop has together with one of them, as *goblet* with *lamp*.
    """

    vector: Floats
    network: Network
    words: tuple[LearntWord, ...]
    unknown: tuple[str, ...] = ()
    strangers: frozenset[str] = frozenset()

    @property
    def is_visible(self) -> bool:
        """Return True if pictures alone tell what has all the words."""
        return not self.unknown and all(each.threshold is not None for each in self.words)

    def shows(self, pictures: Floats) -> list[bool]:
        """Return for each of these vectors (n, dimensions) whether its picture shows the words."""
        shares = np.stack([_share_of_threshold(each, pictures) for each in self.words])
        found: list[bool] = ((shares.mean(axis=0) >= 1) & (shares.min(axis=0) >= MIN_SHARE)).tolist()
        return found


BINARY = Func("vector", function="halfvec_send", output_field=BinaryField())  # text takes ten times as long to parse
# The vocabularies of this process by network, each with a number. The local cache holds the number until it expires:
# it would copy the words themselves with every read.
_cached: dict[int, tuple[int, dict[str, LearntWord]]] = {}
_numbers = count(1)


def words_vector(text: str, network: Network | None = None) -> WordsVector | None:
    """Return what the words of a query look like, or None if the shop has learnt none of them.

    A word that the shop does not use counts as its synonym: *cup* as *mug*. What a query excludes, and its prices,
    have no looks. The vector is of the live network unless another one is given, such as that of a photo. No query in
    a warm process.
    """
    network = network or serving.cached().network
    known, found, unknown = _vocabulary(network), dict[str, LearntWord](), list[str]()
    for part in understand(text).parts:
        meant = next((words for words in _readings(part) if all(word in known for word in words)), None)
        found |= {word: known[word] for word in meant or bag(part.text) if word in known}
        unknown += [part.text] if meant is None else []
    words = tuple(found.values())
    total = np.sum([each.rarity * each.vector for each in words], axis=0)
    length = float(np.linalg.norm(total))
    if length < MIN_LENGTH:  # no words, or opposite ones
        return None
    vector = (total / length).astype(np.float32)
    return WordsVector(vector, network, words, tuple(unknown), _strangers(words, known))


def _readings(part: Part) -> Iterator[list[str]]:
    """Yield the words of a part: as typed, then as other words for the same, the closest first."""
    for meaning in part.meanings:
        text = meaning.name.label if meaning.name else " ".join(term.parts[0][0] for term in meaning.terms)
        if meaning.weight >= MIN_WEIGHT and (words := bag(text)):
            yield words


def from_binary(sent: bytes) -> Floats:
    """Return the numbers of a halfvec as `halfvec_send` writes it: two lengths of two bytes, then half floats."""
    return np.frombuffer(sent, dtype=">f2", offset=4).astype(np.float32)


def _vocabulary(network: Network) -> dict[str, LearntWord]:
    key = f"visualsearch.words:{network.pk}"
    number, words = _cached.get(network.pk, (0, {}))
    if number == 0 or caches["local"].get(key) != number:
        number, words = next(_numbers), _read(network)
        _cached[network.pk] = (number, words)
        caches["local"].set(key, number, CACHE_SECONDS)
    return words


def _read(network: Network) -> dict[str, LearntWord]:
    """Return the words in alphabetical order, as `companions` counts them."""
    rows = WordVector.objects.filter(network=network).annotate(sent=BINARY)
    columns = ("word", "products", "rarity", "sent", "middle", "threshold", "companions")
    return {
        word: LearntWord(word, products, rarity, from_binary(bytes(sent)), middle, threshold, bytes(companions))
        for word, products, rarity, sent, middle, threshold, companions in sorted(rows.values_list(*columns))
    }


def _strangers(words: tuple[LearntWord, ...], known: dict[str, LearntWord]) -> frozenset[str]:
    bits = [np.unpackbits(np.frombuffer(each.companions, np.uint8), count=len(known)) for each in words]
    alone = np.logical_not(np.min(bits, axis=0))
    return frozenset(word for word, is_alone in zip(known, alone, strict=True) if is_alone)


def _share_of_threshold(word: LearntWord, pictures: Floats) -> Floats:
    """Return how far each picture is on the way from the average product to the threshold of the word."""
    threshold = np.inf if word.threshold is None else word.threshold
    share: Floats = (pictures @ word.vector - word.middle) / max(threshold - word.middle, 1e-6)
    return share
