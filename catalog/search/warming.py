"""Load what searches keep in memory before the first customer asks: the first search would wait a second for it."""

from __future__ import annotations

from catalog.search import dictionary
from catalog.search.names import names
from catalog.search.synonyms import thesaurus
from catalog.search.vocabulary import vocabulary


def warm_up() -> None:
    """Load names, synonyms, the vocabulary and the lists of words into this process."""
    names()
    thesaurus()
    _ = vocabulary().by_length  # built at the first typo otherwise
    dictionary.languages_of("")
