"""Keyword search: tokenizing, indexing, queries, spelling correction and suggestions."""

from catalog.search.find import SearchResult, Suggestions, corrected_query, find, matching, search, suggest, words
from catalog.search.index import index_unsaved, refresh_keywords, refresh_stale

__all__ = [
    "SearchResult",
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
