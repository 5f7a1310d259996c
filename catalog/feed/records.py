"""Stream the records of a CSV file and recover from malformed ones.

An unclosed quotation mark turns all following lines into one record. A malformed record is therefore reported once,
and reading resumes at the next line that starts a record with the right number of cells.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO

from django.utils.translation import gettext as _

MAX_RECORD = 8_000_000  # characters
MAX_REREAD = 50 * MAX_RECORD

OnProblem = Callable[[int, str], None]


class InvalidFeed(Exception):
    """The file as a whole cannot be imported. The message is for users."""


class _RecordTooLong(Exception):
    """A record exceeds MAX_RECORD."""


@dataclass(frozen=True)
class Record:
    """A record with its line numbers. `error` is set if it is malformed."""

    first_line: int
    last_line: int
    cells: list[str]
    error: str = ""


class _Lines:
    """The lines of a file. The last record's lines can be pushed back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._pushed_back: deque[str] = deque()
        self._record: list[str] = []
        self._size = self._reread = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._pushed_back.popleft() if self._pushed_back else self._file.readline(MAX_RECORD)
        if not line:
            raise StopIteration
        self.number += 1
        self._record.append(line)
        self._size += len(line)
        if len(line) == MAX_RECORD:
            while (rest := self._file.readline(MAX_RECORD)) and rest[-1] not in "\r\n":
                pass
        if self._size >= MAX_RECORD:
            raise _RecordTooLong
        return line

    def start_record(self) -> None:
        self._record.clear()
        self._size = 0

    def push_back(self) -> None:
        """Push back all lines of the last record but the first."""
        rest = self._record[1:]
        self._reread += sum(map(len, rest))
        if self._reread > MAX_REREAD:
            raise InvalidFeed(
                _("The quotation marks in this file are unbalanced, at or before line %(line)d.")
                % {"line": self.number - len(rest)}
            )
        self._pushed_back.extendleft(reversed(rest))
        self.number -= len(rest)
        self.start_record()


def find_delimiter(line: str) -> str:
    """Return the character that separates the cells of a header: a comma, unless another one occurs more often."""
    return max((",", "\t", ";"), key=line.count)


class Records:
    """The records of a file: call `header` first, then `rows`."""

    def __init__(self, file: TextIO, delimiter: str = ",") -> None:
        csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD))  # process-wide
        self._lines = _Lines(file)
        self._delimiter = delimiter

    def header(self) -> list[str]:
        """Return the cells of the first record. Raises InvalidFeed."""
        first = self._next()
        if first is None:
            raise InvalidFeed(_("The file is empty."))
        if first.error:
            raise InvalidFeed(_("The header cannot be read. %(reason)s") % {"reason": first.error})
        return first.cells

    def rows(self, columns: int, on_problem: OnProblem) -> Iterator[Record]:
        """Yield the records with this number of cells and report all others."""
        while (record := self._next()) is not None:
            error = record.error or _wrong_length(record, columns)
            if not error:
                yield record
            elif record.first_line == record.last_line:
                on_problem(record.first_line, error)
            else:
                following = self._resume(columns)
                on_problem(record.first_line, f"{error} {self._skipped(record, following)}")
                if following:
                    yield following

    def _next(self) -> Record | None:
        """Return the next record, skipping empty lines."""
        while True:
            self._lines.start_record()
            first, cells, problem = self._lines.number + 1, [], ""
            try:
                cells = next(csv.reader(self._lines, strict=True, delimiter=self._delimiter))
            except StopIteration:
                return None
            except csv.Error as error:
                problem = _("This row is not valid CSV: %(error)s.") % {"error": error}
            except _RecordTooLong:
                problem = _("This row is longer than %(most)d characters.") % {"most": MAX_RECORD}
            if cells or problem:
                return Record(first, self._lines.number, cells, problem)

    def _resume(self, columns: int) -> Record | None:
        """Return the next valid record that starts inside or after the malformed one."""
        self._lines.push_back()
        while (record := self._next()) is not None:
            if not record.error and not _wrong_length(record, columns):
                return record
            self._lines.push_back()
        return None

    def _skipped(self, malformed: Record, following: Record | None) -> str:
        last = following.first_line - 1 if following else self._lines.number
        if last == malformed.first_line:
            return _("A quotation mark on this line is not closed.")
        return _("Lines %(first)d to %(last)d were skipped. Look for a quotation mark that is not closed.") % {
            "first": malformed.first_line,
            "last": last,
        }


def _wrong_length(record: Record, columns: int) -> str:
    if len(record.cells) == columns:
        return ""
    return _("This row has %(cells)d cells, but the header has %(columns)d.") % {
        "cells": len(record.cells),
        "columns": columns,
    }
