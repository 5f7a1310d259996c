"""Stemming and stop words for English. Independent of Django."""

from __future__ import annotations

from functools import lru_cache

import snowballstemmer

_stemmer = snowballstemmer.stemmer("english")

_STOP_WORDS = """
a about above after again against all am an and any are as at be because been before being below between both but
by can d did do does doing don down during each few for from further had has have having he her here hers herself
him himself his how i if in into is it its itself just ll m me more most my myself no nor not now of off on once
only or other our ours ourselves out over own re s same she should so some such t than that the their theirs them
themselves then there these they this those through to too under until up ve very was we were what when where
which while who whom why will with you your yours yourself yourselves
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


@lru_cache(maxsize=10_000)
def stem(word: str) -> str:
    """Return the stem of a word, or an empty string for a stop word."""
    if word in STOP_WORDS:
        return ""
    return str(_stemmer.stemWord(word)) if word.isascii() and word.isalpha() else word
