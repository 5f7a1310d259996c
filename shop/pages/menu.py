"""The published pages in their order, kept in memory: every page of the shop shows them in its footer."""

from __future__ import annotations

from dataclasses import dataclass

from shop.database.shared_copy import SharedCopy
from shop.pages.models import Page


@dataclass(frozen=True)
class Entry:
    """A published page: what a menu shows of it."""

    kind: str
    title: str
    url: str
    is_in_header: bool
    is_in_footer: bool


def _read() -> tuple[Entry, ...]:
    pages = Page.objects.public().only("kind", "title", "slug", "menu")
    return tuple(
        Entry(
            page.kind, page.title, page.get_absolute_url(), is_in_header=page.menu == Page.Menu.HEADER,
            is_in_footer=page.menu != Page.Menu.NONE,
        )
        for page in pages
    )  # fmt: skip


_copy: SharedCopy[tuple[Entry, ...]] = SharedCopy(_read, tuple)


def published_pages() -> tuple[Entry, ...]:
    """Return the published pages without a query."""
    return _copy.get()


def page_of(kind: Page.Kind) -> Entry | None:
    """Return the published page of this kind."""
    return next((entry for entry in published_pages() if entry.kind == kind), None)


def forget_menu() -> None:
    """Read the pages again, since one has changed."""
    _copy.forget()
