"""Read the items of a Google Merchant feed in XML, RSS or Atom, as rows.

expat streams the file. Document types are refused, and with them entities that expand to gigabytes or read files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any
from xml.sax import SAXException, handler, xmlreader

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser
from django.utils.translation import gettext as _

from catalog.feed.foreign import Source
from catalog.feed.formats.google import REPEATED
from catalog.feed.records import MAX_RECORD, InvalidFeed

ITEMS = {"item", "entry"}
CHUNK = 2**16
MAX_DEPTH = 50


class _Items(handler.ContentHandler):
    """Collects items. Text of nested elements, such as the price of a delivery, belongs to the outer one."""

    def __init__(self, locator: xmlreader.Locator) -> None:
        super().__init__()
        self._locator = locator
        self.found: list[Source] = []
        self._path: list[str] = []
        self._item: dict[str, list[str]] | None = None
        self._start = self._line = self._size = 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        bare = name.rpartition(":")[2].casefold()
        self._path.append(name.casefold())
        if len(self._path) > MAX_DEPTH:
            raise InvalidFeed(_("The elements of the file are nested too deeply."))
        if self._item is None and bare in ITEMS:
            self._item, self._start, self._size = {}, len(self._path), 0
            self._line = self._locator.getLineNumber() or 0
        elif self._item is not None and len(self._path) == self._start + 1:
            self._item.setdefault(name.casefold(), []).append("")

    def characters(self, content: str) -> None:
        if self._item is None or len(self._path) <= self._start:
            return
        self._size += len(content)
        if self._size > MAX_RECORD:
            raise InvalidFeed(_("The item on line %(line)d is too long.") % {"line": self._line})
        self._item[self._path[self._start]][-1] += content

    def endElement(self, name: str) -> None:  # noqa: N802
        if self._item is not None and len(self._path) == self._start:
            # The elements of Google's own namespace win over those of RSS: sorted, they come last.
            elements = sorted(self._item.items(), key=lambda each: ":" in each[0])
            cells = {name.rpartition(":")[2]: REPEATED.join(map(str.strip, texts)) for name, texts in elements}
            self.found.append(Source(self._line, cells))
            self._item = None
        self._path.pop()


def read_items(file: IO[bytes]) -> Iterator[Source]:
    """Yield the items of the file. Raises InvalidFeed."""
    parser = create_parser(forbid_dtd=True)
    items = _Items(parser)
    parser.setContentHandler(items)
    try:
        while chunk := file.read(CHUNK):
            parser.feed(chunk)
            yield from items.found
            items.found.clear()
        parser.close()
    except DefusedXmlException as error:
        raise InvalidFeed(_("The file has a document type or entities, which are refused.")) from error
    except SAXException as error:
        raise InvalidFeed(_("The file is not valid XML: %(error)s.") % {"error": error}) from error
    yield from items.found
