"""Group the rows of a large file by product, on disk: variants may stand far from their parent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from types import TracebackType

from catalog.feed.foreign import Source

BATCH = 1_000  # rows


class Spool:
    """Rows by product, in the order in which the products first appear. A row may know its product by several names.

    SQLite keeps a database without a name in memory while it is small, and in a file that it deletes itself.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE source (product INTEGER, line INTEGER, cells TEXT)")
        self._pending: list[tuple[int, int, str]] = []
        self._numbers: dict[str, int] = {}
        self._merged: list[int] = []  # number of the product that each number stands for, by number

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    def add(self, names: list[str], source: Source) -> None:
        """Add a row of the product with these names."""
        product = self._number(names)
        self._pending.append((product, source.line, json.dumps(dict(source.cells))))
        if len(self._pending) >= BATCH:
            self._write()

    def products(self) -> Iterator[list[Source]]:
        """Yield the rows of each product."""
        self._write()
        place = [(number, self._find(number)) for number in range(len(self._merged))]
        self._database.execute("CREATE TABLE place (product INTEGER PRIMARY KEY, first INTEGER)")
        self._database.executemany("INSERT INTO place VALUES (?, ?)", place)
        rows = self._database.execute(
            "SELECT place.first, line, cells FROM source JOIN place USING (product) ORDER BY place.first, line"
        )
        for _first, found in groupby(rows, key=itemgetter(0)):
            yield [Source(line, json.loads(cells)) for _product, line, cells in found]

    def _number(self, names: list[str]) -> int:
        known = sorted({self._find(self._numbers[name]) for name in names if name in self._numbers})
        if not known:
            known = [len(self._merged)]
            self._merged.append(known[0])
        for other in known[1:]:
            self._merged[other] = known[0]
        for name in names:
            self._numbers.setdefault(name, known[0])
        return known[0]

    def _find(self, number: int) -> int:
        while self._merged[number] != number:
            number = self._merged[number]
        return number

    def _write(self) -> None:
        self._database.executemany("INSERT INTO source VALUES (?, ?, ?)", self._pending)
        self._pending.clear()
