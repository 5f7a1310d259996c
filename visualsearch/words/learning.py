"""Learn for each word the direction in which its pictures lie. Pure: numpy only.

This is Fisher's linear discriminant (Fisher 1936, "The use of multiple measurements in taxonomic problems"), once a
word: the mean of the vectors with the word less the mean of all, divided by the covariance of all. The mean alone, or
a ridge regression from words to vectors, finds fewer hidden products (tests/benchmarks/bench_words.py). Means and
covariance are shrunk by fixed amounts (after Ledoit & Wolf 2004, "A well-conditioned estimator for large-dimensional
covariance matrices"): most words have few products.

Not every word can be seen. Each half of the products scores the other half, and the threshold of a word is the score
from which the products have it often enough: halfway between by chance and always.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

MIN_PRODUCTS = 5  # with a word, to learn it
MAX_SHARE = 0.5  # of the products: a word that most of them have tells nothing apart
MAX_WORDS = 4_000  # the most frequent ones
COVARIANCE_SHRINKAGE = 0.1  # added to the diagonal, as a share of its mean
MEAN_SHRINKAGE = 1  # average products that each word is taken to have besides its own
MIN_RECALL = 0.1  # of the products with a word, above its threshold
MIN_AREA = 0.75  # under the ROC curve, for a word to be telling
CHUNK = 64  # words to score at a time


@dataclass(frozen=True)
class LearntWord:
    """A word, the number of products with it, its rarity and its unit vector.

    A score is the inner product of a picture with the vector: `middle` is the average of all products, and from
    `threshold` on a picture shows the word. It is None if pictures do not tell. `companions` has a bit for each word
    of the vocabulary in alphabetical order: 1 if any product has both, or if pictures do not tell the other at all.
    """

    word: str
    products: int
    rarity: float
    vector: Floats
    middle: float
    threshold: float | None
    companions: bytes


def learn(bags: Sequence[Collection[str]], vectors: Floats, seed: int = 0) -> list[LearntWord]:
    """Learn the words of products. `bags` holds the words of each, `vectors` (n, dimensions) its average vector.

    Products without any visible word have a poor text. They would teach that their pictures show nothing, so they are
    left out the second time.
    """
    learnt = _learn(bags, vectors, seed)
    visible = {each.word for each in learnt if each.threshold is not None}
    told = [row for row, bag in enumerate(bags) if not visible.isdisjoint(bag)]
    if len(told) in (0, len(bags)):
        return learnt
    return _learn([bags[row] for row in told], vectors[told], seed)


def _learn(bags: Sequence[Collection[str]], vectors: Floats, seed: int) -> list[LearntWord]:
    rows = _rows_by_word(bags)
    if not rows:
        return []
    held_out = _held_out_scores(vectors, list(rows.values()), seed)
    scored = [_judge(scores, has_word) for scores, has_word in zip(held_out, rows.values(), strict=True)]
    companions = _together(bags, list(rows)) | ~np.array([each.is_telling for each in scored])
    return [
        LearntWord(
            word=word,
            products=len(has_word),
            rarity=float(np.log(len(bags) / len(has_word))),
            vector=vector,
            middle=judged.middle,
            threshold=judged.threshold,
            companions=np.packbits(bits).tobytes(),
        )
        for (word, has_word), vector, judged, bits in zip(
            rows.items(), _directions(vectors, list(rows.values())), scored, companions, strict=True
        )
    ]


def _rows_by_word(bags: Sequence[Collection[str]]) -> dict[str, Numbers]:
    """Return for each word worth learning, in alphabetical order, the rows of the products that have it."""
    counts = Counter(word for bag in bags for word in set(bag))
    useful = [word for word, number in counts.items() if MIN_PRODUCTS <= number <= MAX_SHARE * len(bags)]
    most_frequent = sorted(useful, key=lambda word: (-counts[word], word))[:MAX_WORDS]
    rows: dict[str, list[int]] = {word: [] for word in sorted(most_frequent)}
    for row, bag in enumerate(bags):
        for word in set(bag):
            if word in rows:
                rows[word].append(row)
    return {word: np.array(found, dtype=np.int64) for word, found in rows.items()}


def _together(bags: Sequence[Collection[str]], words: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return for each pair of words whether a product has both: (words, words)."""
    places = {word: place for place, word in enumerate(words)}
    together = np.eye(len(words), dtype=bool)
    for bag in bags:
        own = [places[word] for word in set(bag) if word in places]
        together[np.ix_(own, own)] = True
    return together


def _directions(vectors: Floats, rows: Sequence[Numbers]) -> Floats:
    """Return the unit discriminant of each word: (words, dimensions). Zero for a word without rows."""
    centred = vectors - vectors.mean(axis=0)
    means = np.stack([centred[each].sum(axis=0) / (len(each) + MEAN_SHRINKAGE) for each in rows])
    covariance = centred.T @ centred / len(centred)
    dimensions = covariance.shape[0]
    shrunk = covariance + COVARIANCE_SHRINKAGE * np.trace(covariance) / dimensions * np.eye(dimensions)
    directions = np.linalg.solve(shrunk + 1e-9 * np.eye(dimensions), means.T).T
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    units: Floats = (directions / np.maximum(lengths, 1e-12)).astype(np.float32)
    return units


def _held_out_scores(vectors: Floats, rows: Sequence[Numbers], seed: int) -> Iterator[Floats]:
    """Yield the scores of all products for each word, learnt from the half that the product is not in."""
    first = np.random.default_rng(seed).permutation(len(vectors)) % 2 == 0
    halves = [(half, _directions(vectors[~half], [_within(each, ~half) for each in rows])) for half in (first, ~first)]
    for start in range(0, len(rows), CHUNK):
        scores = np.empty((len(vectors), min(CHUNK, len(rows) - start)), dtype=np.float32)
        for half, directions in halves:
            scores[half] = vectors[half] @ directions[start : start + CHUNK].T
        yield from scores.T


def _within(rows: Numbers, part: npt.NDArray[np.bool_]) -> Numbers:
    """Return the numbers of the rows in this part, counted within it."""
    places = part.cumsum() - 1
    return places[rows[part[rows]]]


class _Judged(NamedTuple):
    middle: float
    threshold: float | None
    is_telling: bool


def _judge(scores: Floats, has_word: Numbers) -> _Judged:
    """Find the lowest score from which the products have the word often enough, if there is one.

    A word is telling if a product with it mostly scores above a product without (the area under the ROC curve).
    """
    by_chance = len(has_word) / len(scores)
    order = np.argsort(-scores, kind="stable")
    is_hit = np.isin(order, has_word)
    hits = is_hit.cumsum()
    precision = hits / (np.arange(len(order)) + 2)  # as if a product without the word came first
    is_enough = hits >= max(2, MIN_RECALL * len(has_word))  # fewer may be luck
    good = np.flatnonzero((precision >= (by_chance + 1) / 2) & is_enough)
    above = np.flatnonzero(is_hit) - np.arange(len(has_word))  # products without the word above each that has it
    area = 1 - above.mean() / (len(scores) - len(has_word))
    threshold = float(scores[order[good[-1]]]) if len(good) else None
    return _Judged(float(scores.mean()), threshold, bool(area >= MIN_AREA))
