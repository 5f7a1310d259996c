"""Open a feed of any format: find out which one it is, and yield its products in our own columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TextIO

from django.utils.translation import gettext as _

from catalog.feed.foreign import Notes, Source
from catalog.feed.formats import FORMATS, Format, find_format, google
from catalog.feed.google_xml import read_items
from catalog.feed.records import InvalidFeed, Records, find_delimiter
from catalog.feed.rows import (
    MAX_VARIANTS,
    REQUIRED,
    Group,
    InvalidRow,
    OnProgress,
    check_text,
    open_text,
    read_groups,
    readable_cells,
)
from catalog.feed.spool import Spool
from catalog.text.cleaning import clean_text

OWN, AUTO = "semblance", "auto"
CHOICES = (AUTO, OWN, *FORMATS)
XML_STARTS = (b"<", b"\xef\xbb\xbf<")
MAX_HEADER = 1_000_000  # characters


@dataclass(frozen=True)
class FeedOptions:
    """What the file does not say itself."""

    source: str = AUTO
    picture_base: str = ""  # address that relative names of pictures follow
    stock_if_new: int = 0  # units of new variants that are in stock without a number


@dataclass(frozen=True)
class Column:
    """A column of the file, our own column for it ("" if it has none here), and its number of filled cells."""

    name: str
    place: str
    filled: int
    is_left_out: bool


@dataclass
class Feed:
    """An open feed whose header has been read. `groups` can be called once."""

    file: TextIO
    raw: IO[bytes]
    notes: Notes
    format: Format | None  # None: our own
    records: Records | None  # None: XML
    header: Sequence[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.format.LABEL if self.format else "Semblance"

    def groups(self, on_progress: OnProgress = lambda _read: None) -> Iterator[Group]:
        """Yield the products. Raises InvalidFeed. `on_progress` receives the number of bytes read."""

        def progress() -> None:
            on_progress(self.raw.tell())

        if self.format is None and self.records is not None:
            yield from read_groups(self.records, self.header, self.notes.on_problem, progress)
            return
        assert self.format is not None
        with Spool() as spool:
            for source in self._sources(progress):
                self.notes.count(source)
                spool.add(self.format.key(source), source)
            for sources in spool.products():
                if group := self._group(sources):
                    yield group

    def columns(self) -> list[Column]:
        """Return what becomes of each column, once the groups were read."""
        names = dict.fromkeys([*self.header, *self.notes.filled])
        return [self._column(name) for name in names if name]

    def left_out(self) -> dict[str, int]:
        """Return the number of filled cells of each column that has no place in the shop."""
        return {each.name: each.filled for each in self.columns() if each.is_left_out and each.filled}

    def _column(self, name: str) -> Column:
        found = self.format.place(name) if self.format else name
        return Column(name, found or "", self.notes.filled[name], found is None)

    def _sources(self, progress: Callable[[], None]) -> Iterator[Source]:
        if self.records is None:
            for source in read_items(self.raw):
                progress()
                yield source
            return
        for line, cells in readable_cells(self.records, len(self.header), self.notes.on_problem, progress):
            yield Source(line, dict(zip(self.header, cells, strict=True)))

    def _group(self, sources: list[Source]) -> Group | None:
        assert self.format is not None
        try:
            draft = self.format.draft(sources, self.notes)
        except InvalidRow as refused:
            for source in sources:
                self.notes.on_problem(source.line, str(refused))
            return None
        for line, _cells in draft.variants[MAX_VARIANTS:]:
            sentence = _("A product can have at most %(most)d variants.")
            self.notes.on_problem(line, sentence % {"most": MAX_VARIANTS})
        del draft.variants[MAX_VARIANTS:]
        return draft.group(self.notes) if draft.variants else None


@contextmanager
def open_feed(path: Path, notes: Notes, options: FeedOptions) -> Iterator[Feed]:
    """Open the file and read its header. Raises InvalidFeed."""
    notes.picture_base, notes.stock_if_new = options.picture_base, options.stock_if_new
    with path.open("rb") as raw, open_text(path) as file:
        start = raw.peek(64).lstrip()
        if start.startswith(XML_STARTS):
            if options.source not in (AUTO, google.NAME):
                raise InvalidFeed(_("The file is XML. Only Google Merchant feeds are read as XML."))
            yield Feed(file, raw, notes, google, None)
            return
        line = file.readline(MAX_HEADER)
        file.seek(0)
        records = Records(file, find_delimiter(line))
        header = records.header()
        check_text(header)
        known = _known(header, options.source)
        names = header if known is None else _lower(header, with_underscores=known is google)
        yield Feed(file, file.buffer, notes, known, records, names)


def _known(header: Sequence[str], source: str) -> Format | None:
    """Return the format of the file: the chosen one, or the one whose columns it has."""
    columns = {clean_text(cell) for cell in header}
    if source == OWN or (source == AUTO and columns >= REQUIRED):
        return None
    names = {*_lower(header), *_lower(header, with_underscores=True)}
    return FORMATS[source] if source in FORMATS else find_format(names)


def _lower(header: Sequence[str], *, with_underscores: bool = False) -> list[str]:
    """Return the names in lower case. Google's may have a prefix, or spaces for underscores. Repeats are ignored."""
    names = [clean_text(cell).casefold().removeprefix("g:") for cell in header]
    if with_underscores:
        names = [name.replace(" ", "_") for name in names]
    return [name if names.index(name) == place else f"{name} ({place + 1})" for place, name in enumerate(names)]
