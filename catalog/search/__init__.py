"""Words → products: cutting text, what products are found by, queries, corrections and suggestions."""

from catalog.search.find import Found, Suggestions, corrected_query, find, matching, search, suggest, words
from catalog.search.index import index_unsaved, refresh_keywords, refresh_stale

__all__ = [
    "Found",
    "Suggestions",
    "corrected_query",
    "find",
    "index_unsaved",
    "matching",
    "refresh_keywords",
    "refresh_stale",
    "search",
    "suggest",
    "words",
]
