"""Spelling correction with the vocabulary of the products."""

from __future__ import annotations

from collections import Counter

from django.core.cache import caches
from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.search.terms import words

CACHE_SECONDS = 15 * 60
MAX_VOCABULARY = 50_000  # words
MIN_SIMILARITY = 0.65


def corrected(query: list[str]) -> str:
    """Return the words, with each unknown one replaced by the most similar known word."""
    vocabulary = _vocabulary()
    return " ".join(_corrected(word, vocabulary) for word in query)


def _corrected(word: str, vocabulary: list[str]) -> str:
    if len(word) < 3 or any(known.startswith(word) for known in vocabulary):
        return word
    best = process.extractOne(word, vocabulary, scorer=OSA.normalized_similarity, score_cutoff=MIN_SIMILARITY)
    return best[0] if best else word


def _vocabulary() -> list[str]:
    """Return the words of all products, most frequent first."""
    known: list[str] | None = caches["local"].get("catalog.vocabulary")
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(VOCABULARY)
            known = _most_frequent(cursor.fetchall())
        caches["local"].set("catalog.vocabulary", known, CACHE_SECONDS)
    return known


def _most_frequent(fragments: list[tuple[str, int]]) -> list[str]:
    """Return the words without digits in these fragments of text, most frequent first. Each has a count."""
    counts: Counter[str] = Counter()
    for fragment, number in fragments:
        for word in words(fragment):
            if 3 <= len(word) <= 40 and not any(map(str.isdigit, word)):
                counts[word] += number
    return sorted(counts, key=lambda word: (-counts[word], word))[:MAX_VOCABULARY]


VOCABULARY = r"""
SELECT piece, count(*) FROM (
    SELECT regexp_split_to_table(lower(title || ' ' || brand || ' ' || keywords), '\s+') AS piece
    FROM catalog_product WHERE status <> 'draft'
) AS pieces WHERE piece !~ '^[^[:alpha:]]*[[:digit:]][^[:alpha:]]*$' GROUP BY piece
"""
