"""The thesaurus of the shop: the active rows of the table of synonyms, kept in memory until the table changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from catalog.models import Synonym
from catalog.search.changes import TableCache, notice
from catalog.search.thesaurus import Entry, Expansion, Thesaurus
from catalog.search.vocabulary import vocabulary

__all__ = ["Entry", "Expansion", "Thesaurus", "expansions", "phrases", "thesaurus"]

MAX_ROWS = 20_000


class ShopThesaurus(Thesaurus):
    """A thesaurus that prefers the words of the shop."""

    def expansions(self, words: Sequence[str], is_sold: Callable[[str], bool] | None = None) -> list[Expansion]:
        return super().expansions(words, is_sold or vocabulary().has_all)


def thesaurus() -> Thesaurus:
    """Return the active synonyms."""
    return cache.get()


def expansions(words: Sequence[str]) -> list[Expansion]:
    """Return what else a query looks for."""
    return thesaurus().expansions(words)


def switch(ids: Sequence[int], *, is_active: bool) -> int:
    """Switch these synonyms on or off, from the next search on. Return their number."""
    number = Synonym.objects.filter(pk__in=ids).update(is_active=is_active)
    notice()
    return number


def phrases(text: str) -> tuple[str, ...]:
    """Split one side of a synonym into phrases."""
    return tuple(filter(None, (each.strip() for each in text.split(","))))


def _entries() -> list[Entry]:
    rows = Synonym.objects.active().order_by("pk").values_list("words", "synonyms", "kind", "language")[:MAX_ROWS]
    return [Entry(phrases(words), phrases(synonyms), kind, language) for words, synonyms, kind, language in rows]


cache = TableCache[Thesaurus](lambda found: found.synonyms, lambda: ShopThesaurus(_entries()))
