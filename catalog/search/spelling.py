"""Replacements of mistyped words by words of the shop."""

from __future__ import annotations

from collections import Counter

from django.core.cache import caches
from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.search.terms import words

VOCABULARY_SECONDS = 15 * 60
VOCABULARY_WORDS = 50_000
ALIKE = 0.65


def corrected(typed: list[str]) -> str:
    """Return the words, each unknown one replaced by the most similar that products have."""
    vocabulary = _vocabulary()
    return " ".join(_corrected(word, vocabulary) for word in typed)


def _corrected(word: str, vocabulary: list[str]) -> str:
    if len(word) < 3 or any(known.startswith(word) for known in vocabulary):
        return word
    best = process.extractOne(word, vocabulary, scorer=OSA.normalized_similarity, score_cutoff=ALIKE)
    return best[0] if best else word


def _vocabulary() -> list[str]:
    """Return the words of all products, the most frequent first."""
    known: list[str] | None = caches["local"].get("catalog.vocabulary")
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(VOCABULARY)
            known = _most_frequent(cursor.fetchall())
        caches["local"].set("catalog.vocabulary", known, VOCABULARY_SECONDS)
    return known


def _most_frequent(pieces: list[tuple[str, int]]) -> list[str]:
    """Return the words in these pieces of text, each with the number of its products, without those with digits."""
    counts: Counter[str] = Counter()
    for piece, number in pieces:
        for word in words(piece):
            if 3 <= len(word) <= 40 and not any(map(str.isdigit, word)):
                counts[word] += number
    return sorted(counts, key=lambda word: (-counts[word], word))[:VOCABULARY_WORDS]


VOCABULARY = r"""
SELECT piece, count(*) FROM (
    SELECT regexp_split_to_table(lower(title || ' ' || brand || ' ' || keywords), '\s+') AS piece
    FROM catalog_product WHERE status <> 'draft'
) AS pieces WHERE piece !~ '^[^[:alpha:]]*[[:digit:]][^[:alpha:]]*$' GROUP BY piece
"""
