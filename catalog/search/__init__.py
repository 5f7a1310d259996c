"""Keyword search: tokenizing, indexing, queries, spelling correction and suggestions."""

from catalog.search.counting import count_words
from catalog.search.find import SearchResult, corrected_query, find, matching, search, words
from catalog.search.index import index_unsaved, refresh_keywords, refresh_stale
from catalog.search.suggestions import Suggestions, suggest

__all__ = [
    "SearchResult",
    "Suggestions",
    "corrected_query",
    "count_words",
    "find",
    "index_unsaved",
    "matching",
    "refresh_keywords",
    "refresh_stale",
    "search",
    "suggest",
    "words",
]
