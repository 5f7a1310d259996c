"""Reports as values: columns, rows, a total and a bar chart."""

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
    """The format of a column's cells."""

    TEXT = "text"
    DAY = "day"
    MONTH = "month"
    NUMBER = "number"
    AMOUNT = "amount"
    SHARE = "share"


@dataclass(frozen=True)
class Column:
    """A column. `name` is its header in CSV files, `title` on the page."""

    name: str
    title: Text
    kind: Kind = Kind.TEXT

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.NUMBER, Kind.AMOUNT, Kind.SHARE)

    def show(self, value: Any) -> str:
        """Format a value for the page in the visitor's language; None is a dash."""
        if value is None:
            return "–"
        if self.kind == Kind.AMOUNT:
            return money(round_amount(value))
        if self.kind == Kind.SHARE:
            return f"{number_format(round(float(value) * 100, 1), 1)}%"  # number_format truncates instead of rounding
        if isinstance(value, date):
            return date_format(value, "YEAR_MONTH_FORMAT" if self.kind == Kind.MONTH else "DATE_FORMAT")
        return number_format(value, force_grouping=True) if self.kind == Kind.NUMBER else str(value)

    def plain(self, value: Any) -> Any:
        """Return the value for CSV files, rounded but not formatted."""
        if value is None or self.kind not in (Kind.AMOUNT, Kind.SHARE):
            return value
        return round_amount(Decimal(value)) if self.kind == Kind.AMOUNT else round(float(value), 4)


def time_column(step: Step) -> Column:
    """Return the first column of a report over time."""
    return Column(step.value, step.label, Kind.MONTH if step == Step.MONTH else Kind.DAY)


@dataclass(frozen=True)
class Cell:
    """A formatted cell of the table."""

    text: str
    is_number: bool


@dataclass(frozen=True)
class Bar:
    """A bar in an SVG of 100 by 100 units. `title` is its tooltip."""

    x: str
    y: str
    width: str
    height: str
    title: str


@dataclass(frozen=True)
class Chart:
    """A bar chart with its axis labels."""

    title: str
    highest: str
    first: str
    last: str
    bars: list[Bar]


@dataclass(frozen=True)
class Report:
    """A table with an optional chart of the column at index `chart_column`. The first column labels the bars."""

    title: Text
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    note: Text = ""
    chart_column: int | None = None

    def cells(self) -> list[list[Cell]]:
        return [self._shown(row) for row in self.rows]

    def total_cells(self) -> list[Cell]:
        return self._shown(self.total) if self.total and self.rows else []

    def plain_rows(self) -> list[list[Any]]:
        """Return the rows and the total for a CSV file."""
        rows = [*self.rows, *([self.total] if self.total else [])]
        return [[column.plain(value) for column, value in zip(self.columns, row, strict=True)] for row in rows]

    def chart(self) -> Chart | None:
        """Return the chart, or None if it would be empty."""
        if self.chart_column is None or not self.rows:
            return None
        name, column = self.columns[0], self.columns[self.chart_column]
        values = [row[self.chart_column] or ZERO for row in self.rows]
        highest = max(values)
        if highest <= 0:
            return None
        names = [name.show(row[0]) for row in self.rows]
        tooltips = [f"{each}: {column.show(value)}" for each, value in zip(names, values, strict=True)]
        return Chart(str(column.title), column.show(highest), names[0], names[-1], _bars(values, tooltips))

    def _shown(self, row: Row) -> list[Cell]:
        return [Cell(column.show(value), column.is_number) for column, value in zip(self.columns, row, strict=True)]


def _bars(values: Sequence[Decimal | int], tooltips: Sequence[str]) -> list[Bar]:
    highest, width = float(max(values)), 100 / len(values)
    bars = []
    for number, value in enumerate(values):
        height = max(float(value), 0.0) / highest * 100
        bars.append(
            Bar(
                f"{number * width:.3f}", f"{100 - height:.3f}", f"{width * 0.8:.3f}", f"{height:.3f}", tooltips[number]
            )
        )
    return bars
