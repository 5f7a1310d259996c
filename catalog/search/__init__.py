"""Keyword search: tokenizing, indexing, queries, spelling correction and suggestions."""

from catalog.search.counting import count_words
from catalog.search.find import SearchResult, find, matching, words
from catalog.search.index import index_unsaved, keywords, refresh_keywords, refresh_stale
from catalog.search.meeting import meets
from catalog.search.parsing import understand
from catalog.search.query import Query, Understood
from catalog.search.ranking import filtered
from catalog.search.suggestions import Suggestions, suggest
from catalog.search.warming import warm_up

__all__ = [
    "Query",
    "SearchResult",
    "Suggestions",
    "Understood",
    "count_words",
    "filtered",
    "find",
    "index_unsaved",
    "keywords",
    "matching",
    "meets",
    "refresh_keywords",
    "refresh_stale",
    "suggest",
    "understand",
    "warm_up",
    "words",
]
