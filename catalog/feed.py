"""The catalogue as a CSV file: its columns, how a cell holds a list, and reading it row by row.

A file is read as a stream, so that its size does not matter. A row that cannot be read is reported with its line.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TextIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from catalog.models import validate_filter_name

VARIANT_COLUMNS = ["sku", "price", "compare_at_price", "stock", "weight"]
COLUMNS = [
    "product", "title", "brand", "category", "description", "status", "publish_at", "sold", "tax_class",
    *VARIANT_COLUMNS, "images", "image_alts",
]  # fmt: skip
REQUIRED = {"product", "title", "category", "sku", "price"}
ATTRIBUTE, OPTION = "attribute:", "option:"
LONGEST_LINE = 1_000_000
MOST_VARIANTS = 1_000

OnProblem = Callable[[int, str], None]
OnProgress = Callable[[int], None]


class FeedUnusable(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


class RowRefused(Exception):
    """One row cannot be used; the message says why."""


@dataclass(frozen=True)
class Row:
    """One row: its first line in the file and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass
class Group:
    """The rows of one product, which follow each other."""

    slug: str
    rows: list[Row]


def join_cell(parts: Iterable[str], separator: str = "|") -> str:
    """Several values in one cell; a separator inside a value is marked by a backslash."""
    marked = (part.replace("\\", "\\\\").replace(separator, f"\\{separator}") for part in parts)
    return (f" {separator} " if separator == ">" else separator).join(marked)


def split_cell(cell: str, separator: str = "|") -> list[str]:
    """The values of a cell, without the space around them. An empty cell holds none."""
    values, marked = [""], False
    for character in cell:
        if marked and character not in (separator, "\\"):
            values[-1] += "\\"
        if character == separator and not marked:
            values.append("")
        elif character != "\\" or marked:
            values[-1] += character
        marked = character == "\\" and not marked
    return [value.strip() for value in values] if cell.strip() else []


def read_groups(path: Path, on_problem: OnProblem, on_progress: OnProgress) -> Iterator[Group]:
    """The products of the file. Raises FeedUnusable when its header does not fit."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from _grouped(_rows(file, on_problem, on_progress), on_problem)


def _rows(file: TextIO, on_problem: OnProblem, on_progress: OnProgress) -> Iterator[Row]:
    reader = csv.reader(iter(lambda: file.readline(LONGEST_LINE), ""), strict=True)
    header = _header(next(_records(reader, on_problem), (1, []))[1])
    for line, cells in _records(reader, on_problem):
        if isinstance(file, TextIOWrapper):
            on_progress(file.buffer.tell())
        reason = _unreadable(cells, header)
        if reason:
            on_problem(line, reason)
        elif any(cell.strip() for cell in cells):
            yield Row(line, {column: cell.strip() for column, cell in zip(header, cells, strict=True)})


def _records(reader: Iterator[list[str]], on_problem: OnProblem) -> Iterator[tuple[int, list[str]]]:
    """Every record with its first line; one that breaks the rules of CSV is reported and passed over."""
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            on_problem(line, _("This is not CSV: %(error)s.") % {"error": error})
            continue
        if cells:
            yield line, cells


def _header(cells: Sequence[str]) -> list[str]:
    columns = [cell.strip() for cell in cells]
    if any(map(_is_foreign, columns)) or any("\0" in column for column in columns):
        raise FeedUnusable(_("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again."))
    missing = sorted(REQUIRED - set(columns))
    if missing:
        raise FeedUnusable(
            _("The first line lacks the columns %(missing)s. It must name the columns, separated by commas.")
            % {"missing": ", ".join(missing)}
        )
    for column in columns:
        _check_column(column)
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise FeedUnusable(_("The first line names %(twice)s twice.") % {"twice": ", ".join(twice)})
    return columns


def _check_column(column: str) -> None:
    if column in COLUMNS or (column.startswith(OPTION) and column != OPTION):
        return
    slug = column.removeprefix(ATTRIBUTE)
    try:
        if slug == column:
            raise ValidationError(_("unknown"))
        validate_slug(slug)
        validate_filter_name(slug)
    except ValidationError as error:
        raise FeedUnusable(
            _("The column “%(column)s” cannot be used: %(reason)s") % {"column": column, "reason": error.messages[0]}
        ) from error


def _unreadable(cells: Sequence[str], header: Sequence[str]) -> str:
    if any(map(_is_foreign, cells)):
        return _("This row is not UTF-8 text; it looks like Windows-1252. Save the file as “CSV UTF-8”.")
    if any("\0" in cell for cell in cells):
        return _("This row contains a null character.")
    if len(cells) != len(header):
        return _("This row has %(cells)d cells, but the first line has %(columns)d.") % {
            "cells": len(cells),
            "columns": len(header),
        }
    return ""


def _is_foreign(cell: str) -> bool:
    """Whether the cell came from bytes that are not UTF-8."""
    return not cell.isascii() and any("\udc80" <= character <= "\udcff" for character in cell)


def _grouped(rows: Iterator[Row], on_problem: OnProblem) -> Iterator[Group]:
    group = Group("", [])
    first_lines: dict[str, int] = {}
    for row in rows:
        slug = row.cells["product"] or group.slug
        if slug != group.slug or not slug:
            if group.rows:
                yield group
            group = Group(slug, [])
        start = group.rows[0].line if group.rows else row.line
        if not slug or first_lines.setdefault(slug, start) < start:
            on_problem(row.line, _misplaced(slug, first_lines.get(slug, 0)))
        elif len(group.rows) < MOST_VARIANTS:
            group.rows.append(row)
        else:
            on_problem(row.line, _("A product has at most %(most)d variants.") % {"most": MOST_VARIANTS})
    if group.rows:
        yield group


def _misplaced(slug: str, first_line: int) -> str:
    if not slug:
        return _("The product is not named, and no product comes before.")
    return _("The product “%(slug)s” began on line %(line)d; its rows must follow each other.") % {
        "slug": slug,
        "line": first_line,
    }


def batches(groups: Iterator[Group], size: int) -> Iterator[list[Group]]:
    """The groups by so many at a time."""
    while batch := list(islice(groups, size)):
        yield batch
