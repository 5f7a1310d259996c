"""The thesaurus of the shop: the active rows of the table of synonyms, kept in memory until the table changes."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from catalog.models import Synonym
from catalog.search.changes import Versions, versions
from catalog.search.thesaurus import Entry, Expansion, Thesaurus
from catalog.search.vocabulary import vocabulary

__all__ = ["Entry", "Expansion", "Thesaurus", "expansions", "phrases", "thesaurus"]

MAX_ROWS = 20_000

_lock = Lock()


class _Loaded(NamedTuple):
    version: tuple[tuple[int, int], str]
    thesaurus: Thesaurus


_loaded: _Loaded | None = None


def thesaurus() -> Thesaurus:
    """Return the active synonyms."""
    global _loaded
    with _lock:
        version = _version(versions())
        if _loaded is None or _loaded.version != version:
            _loaded = _Loaded(version, Thesaurus(_entries()))
        return _loaded.thesaurus


def expansions(words: Sequence[str]) -> list[Expansion]:
    """Return what else a query looks for."""
    known = vocabulary()
    return thesaurus().expansions(words, known.has_all)


def phrases(text: str) -> tuple[str, ...]:
    """Split one side of a synonym into phrases."""
    return tuple(filter(None, (each.strip() for each in text.split(","))))


def _entries() -> list[Entry]:
    rows = Synonym.objects.active().order_by("pk").values_list("words", "synonyms", "kind", "language")[:MAX_ROWS]
    return [Entry(phrases(words), phrases(synonyms), kind, language) for words, synonyms, kind, language in rows]


def _version(found: Versions) -> tuple[tuple[int, int], str]:
    return found.synonyms, found.language
