"""What a report is made of: columns, rows, their sum, and a picture of one column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise

from catalog.templatetags.catalog import money
from shop.money import ZERO, round_amount
from shop.reports.period import Step

Text = str | Promise
Row = Sequence[Any]


class Kind(Enum):
    """How the cells of a column are written."""

    TEXT = "text"
    DAY = "day"
    MONTH = "month"
    NUMBER = "number"
    AMOUNT = "amount"
    SHARE = "share"


@dataclass(frozen=True)
class Column:
    """`name` heads the column in a CSV file, `title` on the page."""

    name: str
    title: Text
    kind: Kind = Kind.TEXT

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.NUMBER, Kind.AMOUNT, Kind.SHARE)

    def show(self, value: Any) -> str:
        """The value as people of the visitor's language write it; a dash for none."""
        if value is None:
            return "–"
        if self.kind == Kind.AMOUNT:
            return money(round_amount(value))
        if self.kind == Kind.SHARE:
            return (
                f"{number_format(round(float(value) * 100, 1), 1)} %"  # number_format cuts off what it does not show
            )
        if isinstance(value, date):
            return date_format(value, "YEAR_MONTH_FORMAT" if self.kind == Kind.MONTH else "DATE_FORMAT")
        return number_format(value, force_grouping=True) if self.kind == Kind.NUMBER else str(value)

    def plain(self, value: Any) -> Any:
        """The value for programs: rounded, and otherwise as it is."""
        if value is None or self.kind not in (Kind.AMOUNT, Kind.SHARE):
            return value
        return round_amount(Decimal(value)) if self.kind == Kind.AMOUNT else round(float(value), 4)


def time_column(step: Step) -> Column:
    """The first column of a table over time."""
    return Column(step.value, step.label, Kind.MONTH if step == Step.MONTH else Kind.DAY)


@dataclass(frozen=True)
class Cell:
    """What stands in the table."""

    text: str
    is_number: bool


@dataclass(frozen=True)
class Bar:
    """One bar in a picture of 100 by 100, its numbers as SVG wants them; `title` is read when it is pointed at."""

    x: str
    y: str
    width: str
    height: str
    title: str


@dataclass(frozen=True)
class Chart:
    """Bars side by side, with the words below and beside them."""

    title: str
    highest: str
    first: str
    last: str
    bars: list[Bar]


@dataclass(frozen=True)
class Report:
    """A table. `drawn` is the place of the column that the chart shows; the first column names the bars."""

    title: Text
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    note: Text = ""
    drawn: int | None = None

    def cells(self) -> list[list[Cell]]:
        return [self._shown(row) for row in self.rows]

    def total_cells(self) -> list[Cell]:
        return self._shown(self.total) if self.total and self.rows else []

    def plain_rows(self) -> list[list[Any]]:
        """The rows and their sum, for a file."""
        rows = [*self.rows, *([self.total] if self.total else [])]
        return [[column.plain(value) for column, value in zip(self.columns, row, strict=True)] for row in rows]

    def chart(self) -> Chart | None:
        """The picture of the drawn column; none where it would be empty."""
        if self.drawn is None or not self.rows:
            return None
        name, column = self.columns[0], self.columns[self.drawn]
        values = [row[self.drawn] or ZERO for row in self.rows]
        highest = max(values)
        if highest <= 0:
            return None
        names = [name.show(row[0]) for row in self.rows]
        said = [f"{each}: {column.show(value)}" for each, value in zip(names, values, strict=True)]
        return Chart(str(column.title), column.show(highest), names[0], names[-1], _bars(values, said))

    def _shown(self, row: Row) -> list[Cell]:
        return [Cell(column.show(value), column.is_number) for column, value in zip(self.columns, row, strict=True)]


def _bars(values: Sequence[Decimal | int], said: Sequence[str]) -> list[Bar]:
    highest, room = float(max(values)), 100 / len(values)
    bars = []
    for number, value in enumerate(values):
        height = max(float(value), 0.0) / highest * 100
        bars.append(
            Bar(f"{number * room:.3f}", f"{100 - height:.3f}", f"{room * 0.8:.3f}", f"{height:.3f}", said[number])
        )
    return bars
