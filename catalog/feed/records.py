"""Records of a CSV file as a stream, and how to go on after one that is broken.

An unclosed quotation mark makes one record of all lines after it. So a broken record is reported once, with its first
line, and reading goes on at the next line that begins a record with the right number of cells.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO

from django.utils.translation import gettext as _

LONGEST_RECORD = 8_000_000  # characters
MOST_REREAD = 50 * LONGEST_RECORD

OnProblem = Callable[[int, str], None]


class InvalidFeed(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


class _TooLong(Exception):
    """A record has more than LONGEST_RECORD characters."""


@dataclass(frozen=True)
class Record:
    """One record: its lines in the file, its cells, and why it is none, if so."""

    first_line: int
    last_line: int
    cells: list[str]
    trouble: str = ""


class _Lines:
    """The lines of a file. The lines of the last record can be pushed back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._ahead: deque[str] = deque()
        self._taken: list[str] = []
        self._size = self._reread = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else self._file.readline(LONGEST_RECORD)
        if not line:
            raise StopIteration
        self.number += 1
        self._taken.append(line)
        self._size += len(line)
        if len(line) == LONGEST_RECORD:
            while (rest := self._file.readline(LONGEST_RECORD)) and rest[-1] not in "\r\n":
                pass
        if self._size >= LONGEST_RECORD:
            raise _TooLong
        return line

    def begin(self) -> None:
        """Forget the last record."""
        self._taken.clear()
        self._size = 0

    def give_back(self) -> None:
        """Make the lines of the last record, but for its first, the next ones to be read."""
        rest = self._taken[1:]
        self._reread += sum(map(len, rest))
        if self._reread > MOST_REREAD:
            raise InvalidFeed(
                _("The quotation marks of this file do not match, at line %(line)d and before.")
                % {"line": self.number - len(rest)}
            )
        self._ahead.extendleft(reversed(rest))
        self.number -= len(rest)
        self.begin()


class Records:
    """The records of a file. The first one, which names the columns, is asked for on its own."""

    def __init__(self, file: TextIO) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_RECORD))  # holds for the whole process
        self._lines = _Lines(file)

    def header(self) -> list[str]:
        """Return the cells of the first record. Raises InvalidFeed."""
        first = self._next()
        if first is None:
            raise InvalidFeed(_("The file is empty."))
        if first.trouble:
            raise InvalidFeed(_("The first line cannot be read. %(reason)s") % {"reason": first.trouble})
        return first.cells

    def rows(self, columns: int, on_problem: OnProblem) -> Iterator[Record]:
        """Yield the records after the header that have this number of cells; report every other one."""
        while (record := self._next()) is not None:
            trouble = record.trouble or _miscounted(record, columns)
            if not trouble:
                yield record
            elif record.first_line == record.last_line:
                on_problem(record.first_line, trouble)
            else:
                following = self._resume(columns)
                on_problem(record.first_line, f"{trouble} {self._skipped(record, following)}")
                if following:
                    yield following

    def _next(self) -> Record | None:
        """Return the next record that is not an empty line."""
        while True:
            self._lines.begin()
            first, cells, trouble = self._lines.number + 1, [], ""
            try:
                cells = next(csv.reader(self._lines, strict=True))
            except StopIteration:
                return None
            except csv.Error as error:
                trouble = _("This is not CSV: %(error)s.") % {"error": error}
            except _TooLong:
                trouble = _("This row is longer than %(most)d characters.") % {"most": LONGEST_RECORD}
            if cells or trouble:
                return Record(first, self._lines.number, cells, trouble)

    def _resume(self, columns: int) -> Record | None:
        """Return the first good record that begins within the broken one or after it."""
        self._lines.give_back()
        while (record := self._next()) is not None:
            if not record.trouble and not _miscounted(record, columns):
                return record
            self._lines.give_back()
        return None

    def _skipped(self, broken: Record, following: Record | None) -> str:
        last = following.first_line - 1 if following else self._lines.number
        if last == broken.first_line:
            return _("A quotation mark on this line is never closed.")
        return _("Lines %(first)d to %(last)d were skipped; look for a quotation mark that is never closed.") % {
            "first": broken.first_line,
            "last": last,
        }


def _miscounted(record: Record, columns: int) -> str:
    if len(record.cells) == columns:
        return ""
    return _("This row has %(cells)d cells, but the first line has %(columns)d.") % {
        "cells": len(record.cells),
        "columns": columns,
    }
