"""The catalogue as a CSV file: its columns, how a cell holds a list, and reading it row by row.

A file is read as a stream, so that its size does not matter. A row that cannot be read is reported with its line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TextIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.feed.formulas import rearm
from catalog.feed.records import InvalidFeed, OnProblem, Records
from catalog.models import Attribute, filter_name
from catalog.models.options import clean_options
from catalog.text.cleaning import clean_lines, clean_text

VARIANT_COLUMNS = ["sku", "price", "compare_at_price", "stock", "weight"]
COLUMNS = [
    "product", "title", "brand", "category", "description", "status", "publish_at", "sold", "tax_class",
    *VARIANT_COLUMNS, "images", "image_alts",
]  # fmt: skip
REQUIRED = {"product", "title", "category", "sku", "price"}
ATTRIBUTE, OPTION = "attribute:", "option:"
LONGEST_NAME = 100  # characters of a column that a message repeats
MOST_COLUMNS = 2_000
MOST_VARIANTS = 1_000

OnProgress = Callable[[int], None]


class InvalidRow(Exception):
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
    """The products of the file. Raises InvalidFeed when its header does not fit."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from _grouped(_rows(file, on_problem, on_progress), on_problem)


def _rows(file: TextIO, on_problem: OnProblem, on_progress: OnProgress) -> Iterator[Row]:
    records = Records(file)
    header = _header(records.header())
    for record in records.rows(len(header), on_problem):
        if isinstance(file, TextIOWrapper):
            on_progress(file.buffer.tell())
        reason = _unreadable(record.cells)
        if reason:
            on_problem(record.first_line, reason)
        elif any(cell.strip() for cell in record.cells):
            cells = {column: _cell(column, cell) for column, cell in zip(header, record.cells, strict=True)}
            yield Row(record.first_line, cells)


def _cell(column: str, cell: str) -> str:
    """Return the clean text of a cell, without the apostrophe that keeps a spreadsheet from computing it."""
    return clean_lines(rearm(cell)) if column == "description" else clean_text(rearm(cell))


def _header(cells: Sequence[str]) -> list[str]:
    if any(map(_is_foreign, cells)) or any("\0" in cell for cell in cells):
        raise InvalidFeed(_("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again."))
    if len(cells) > MOST_COLUMNS:
        facts = {"columns": len(cells), "most": MOST_COLUMNS}
        raise InvalidFeed(_("The first line names %(columns)d columns; %(most)d is the most.") % facts)
    columns = [_column(clean_text(cell)) for cell in cells]
    missing = sorted(REQUIRED - set(columns))
    if missing:
        raise InvalidFeed(
            _("The first line lacks the columns %(missing)s. It must name the columns, separated by commas.")
            % {"missing": ", ".join(missing)}
        )
    for column in columns:
        _check_column(column)
    twice = sorted(column for column, number in Counter(columns).items() if number > 1)
    if twice:
        raise InvalidFeed(_("The first line names %(twice)s twice.") % {"twice": ", ".join(twice)})
    return columns


def _column(name: str) -> str:
    """Return the column under the name that the shop uses; a reserved attribute name gets a prefix."""
    if name.startswith(ATTRIBUTE):
        return ATTRIBUTE + filter_name(name.removeprefix(ATTRIBUTE).strip())
    return OPTION + name.removeprefix(OPTION).strip() if name.startswith(OPTION) else name


def _check_column(column: str) -> None:
    if column in COLUMNS:
        return
    try:
        if column.startswith(OPTION):
            clean_options({column.removeprefix(OPTION): "text"})
        elif column.startswith(ATTRIBUTE):
            Attribute(slug=column.removeprefix(ATTRIBUTE)).clean_fields(exclude={"name"})
        else:
            raise ValidationError(_("unknown"))
    except ValidationError as error:
        raise InvalidFeed(
            _("The column “%(column)s” cannot be used: %(reason)s")
            % {"column": column[:LONGEST_NAME], "reason": error.messages[0]}
        ) from error


def _unreadable(cells: Sequence[str]) -> str:
    if any(map(_is_foreign, cells)):
        return _("This row is not UTF-8 text; it looks like Windows-1252. Save the file as “CSV UTF-8”.")
    return _("This row contains a null character.") if any("\0" in cell for cell in cells) else ""


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
