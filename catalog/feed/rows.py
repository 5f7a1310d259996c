"""The columns of a feed and its rows, grouped by product.

Files are streamed, so their size does not matter. Unreadable rows are reported with their line number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.feed.formulas import unescape_formula
from catalog.feed.records import InvalidFeed, OnProblem, Records
from catalog.models import Attribute, filter_name
from catalog.models.options import clean_options
from catalog.text.cleaning import clean_lines, clean_text

VARIANT_COLUMNS = ["sku", "price", "compare_at_price", "stock", "weight", "barcode"]
COLUMNS = [
    "product", "title", "brand", "category", "description", "description_html", "seo_title", "seo_description",
    "status", "publish_at", "sold", "tax_class", "family", *VARIANT_COLUMNS, "images", "image_alts",
]  # fmt: skip
REQUIRED = {"product", "title", "category", "sku", "price"}
ATTRIBUTE, OPTION = "attribute:", "option:"
STOCK_IF_NEW = "stock_if_new"  # readers of other formats fill it in: units of a variant that is new to the shop
TEXTS = {"description", "description_html"}  # columns of several lines
MAX_QUOTED = 100  # characters of a column name in a message
MAX_COLUMNS = 2_000
MAX_VARIANTS = 1_000  # per product

OnProgress = Callable[[int], None]


class InvalidRow(Exception):
    """A row cannot be imported. The message is for users."""


@dataclass(frozen=True)
class Row:
    """A row: its first line in the file and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass
class Group:
    """The rows of one product.

    `labels` are the names of attributes that the shop may not know yet, by slug. `distinct` is set if the slug comes
    from the title: the product is then known by its SKUs, and `distinct` is appended if the slug is taken.
    """

    slug: str
    rows: list[Row]
    labels: dict[str, str] = field(default_factory=dict)
    distinct: str = ""


def join_cell(parts: Iterable[str], separator: str = "|") -> str:
    """Join values into a cell. Separators and backslashes within values are escaped with a backslash."""
    escaped = (part.replace("\\", "\\\\").replace(separator, f"\\{separator}") for part in parts)
    return (f" {separator} " if separator == ">" else separator).join(escaped)


def split_cell(cell: str, separator: str = "|") -> list[str]:
    """Split a cell into stripped values. An empty cell has none."""
    values, is_escaped = [""], False
    for character in cell:
        if is_escaped and character not in (separator, "\\"):
            values[-1] += "\\"
        if character == separator and not is_escaped:
            values.append("")
        elif character != "\\" or is_escaped:
            values[-1] += character
        is_escaped = character == "\\" and not is_escaped
    return [value.strip() for value in values] if cell.strip() else []


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a file of UTF-8 text. Other bytes become surrogates, which `readable_cells` reports."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield file


def read_groups(
    records: Records, header: Sequence[str], on_problem: OnProblem, on_progress: Callable[[], None]
) -> Iterator[Group]:
    """Yield the products of a feed of ours, whose header has been read. Raises InvalidFeed."""
    columns = check_header(header)
    yield from _grouped(_rows(records, columns, on_problem, on_progress), on_problem)


def _rows(
    records: Records, columns: Sequence[str], on_problem: OnProblem, on_progress: Callable[[], None]
) -> Iterator[Row]:
    for line, raw in readable_cells(records, len(columns), on_problem, on_progress):
        cells = {column: _cell(column, cell) for column, cell in zip(columns, raw, strict=True)}
        yield Row(line, cells)


def readable_cells(
    records: Records, columns: int, on_problem: OnProblem, on_progress: Callable[[], None]
) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines and cells of the rows that are text and not empty. Report the others."""
    for record in records.rows(columns, on_problem):
        on_progress()
        if reason := _unreadable(record.cells):
            on_problem(record.first_line, reason)
        elif any(cell.strip() for cell in record.cells):
            yield record.first_line, record.cells


def _cell(column: str, cell: str) -> str:
    return clean_lines(unescape_formula(cell)) if column in TEXTS else clean_text(unescape_formula(cell))


def check_text(cells: Sequence[str]) -> None:
    """Raise InvalidFeed if the cells of a header are no text, or too many."""
    if any(map(_is_not_utf8, cells)) or any("\0" in cell for cell in cells):
        raise InvalidFeed(_("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again."))
    if len(cells) > MAX_COLUMNS:
        facts = {"columns": len(cells), "most": MAX_COLUMNS}
        raise InvalidFeed(_("The header has %(columns)d columns. At most %(most)d are allowed.") % facts)


def check_header(cells: Sequence[str]) -> list[str]:
    """Return the columns that the header of one of our feeds names. Raises InvalidFeed."""
    columns = [_column(clean_text(cell)) for cell in cells]
    missing = sorted(REQUIRED - set(columns))
    if missing:
        raise InvalidFeed(
            _("The header lacks the columns %(missing)s. The first line must name the columns, separated by commas.")
            % {"missing": ", ".join(missing)}
        )
    for column in columns:
        _check_column(column)
    duplicates = sorted(column for column, number in Counter(columns).items() if number > 1)
    if duplicates:
        raise InvalidFeed(_("The header repeats the columns %(duplicates)s.") % {"duplicates": ", ".join(duplicates)})
    return columns


def _column(name: str) -> str:
    """Normalise the column name. Reserved attribute slugs get a prefix."""
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
            raise ValidationError(_("unknown column."))
    except ValidationError as error:
        raise InvalidFeed(
            _("The column “%(column)s” is invalid: %(reason)s")
            % {"column": column[:MAX_QUOTED], "reason": error.messages[0]}
        ) from error


def _unreadable(cells: Sequence[str]) -> str:
    if any(map(_is_not_utf8, cells)):
        return _("This row is not UTF-8 text, probably Windows-1252. Save the file as “CSV UTF-8”.")
    return _("This row contains a null character.") if any("\0" in cell for cell in cells) else ""


def _is_not_utf8(cell: str) -> bool:
    """Return True if the cell contains bytes that are not UTF-8, which `surrogateescape` keeps as surrogates."""
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
        elif len(group.rows) < MAX_VARIANTS:
            group.rows.append(row)
        else:
            on_problem(row.line, _("A product can have at most %(most)d variants.") % {"most": MAX_VARIANTS})
    if group.rows:
        yield group


def _misplaced(slug: str, first_line: int) -> str:
    if not slug:
        return _("The product column is empty, and there is no row above to continue.")
    return _("The product “%(slug)s” started on line %(line)d. Keep the rows of a product together.") % {
        "slug": slug,
        "line": first_line,
    }


def batches(groups: Iterator[Group], size: int) -> Iterator[list[Group]]:
    """Yield the groups in lists of up to `size`."""
    while batch := list(islice(groups, size)):
        yield batch
