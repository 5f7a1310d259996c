"""The exports of other shops that the importer reads. Each module turns rows into drafts of products."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from catalog.feed.foreign import Draft, Notes, Source
from catalog.feed.formats import google, magento, shopify, woocommerce


class Format(Protocol):
    """A reader of one kind of export. Column names are in lower case."""

    NAME: str
    LABEL: str

    def matches(self, header: Collection[str]) -> bool: ...

    def place(self, column: str) -> str | None: ...

    def key(self, source: Source) -> list[str]: ...

    def draft(self, sources: list[Source], notes: Notes) -> Draft: ...


FORMATS: dict[str, Format] = {each.NAME: each for each in (shopify, woocommerce, magento, google)}


def find_format(header: Collection[str]) -> Format | None:
    """Return the format with these columns, or None if no other shop writes them."""
    return next((each for each in FORMATS.values() if each.matches(header)), None)
