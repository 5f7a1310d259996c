"""Admin page of the calibrations: what the verdicts of photo searches are worth, in words and as a chart."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from catalog.staff.admin import ReadOnlyAdmin
from visualsearch.models import Calibration

WIDTH, HEIGHT, BAR = 100, 50, 4.5  # of the chart, in its own units


@dataclass(frozen=True)
class Bar:
    """A bar of the chart."""

    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Step:
    """A step of probability: which share of the shop's products and of other things is in it, in percent."""

    low: int
    high: int
    sold: float
    others: float
    bars: tuple[Bar, Bar]

    @property
    def right(self) -> float | None:
        """How often the shop sells the item, in percent, if both kinds of photos are equally frequent."""
        return 100 * self.sold / (self.sold + self.others) if self.sold + self.others else None


@dataclass(frozen=True)
class Outcome:
    """How many of 100 photos get each verdict."""

    match: int
    unsure: int
    no_match: int


def steps(calibration: Calibration) -> Iterator[Step]:
    """Yield the steps of probability, lowest first."""
    totals = [max(1, sum(column)) for column in zip(*calibration.bins, strict=True)]
    shares = [[100 * count / total for count, total in zip(pair, totals, strict=True)] for pair in calibration.bins]
    highest = max(1.0, *(share for pair in shares for share in pair))
    for place, pair in enumerate(shares):
        low, high = (round(WIDTH * edge / len(shares)) for edge in (place, place + 1))
        bars = [Bar(low + BAR * side, HEIGHT * (1 - share / highest), HEIGHT * share / highest)
                for side, share in enumerate(pair)]  # fmt: skip
        yield Step(low, high, pair[0], pair[1], (bars[0], bars[1]))


def outcomes(calibration: Calibration) -> Iterator[Outcome]:
    """Yield the outcome of photos of the shop's products, then that of photos of other things."""
    for counts in calibration.verdicts:
        match, unsure, no_match = (round(100 * count / max(1, sum(counts))) for count in counts)
        yield Outcome(match, unsure, no_match)


@admin.register(Calibration)
class CalibrationAdmin(ReadOnlyAdmin):
    """Calibrations. A scheduled task makes them anew when the shop has changed."""

    list_display = ("network", "calibrated_at", "pictures", "match_from", "none_below")
    list_select_related = ("network",)
    fields = ("network", "calibrated_at", "pictures", "meaning")

    class Media:
        css: ClassVar = {"all": ["css/calibration.css"]}

    @admin.display(description=_("meaning"))
    def meaning(self, calibration: Calibration) -> str:
        sold, others = outcomes(calibration)
        unsure = {
            "x": WIDTH * calibration.none_below,
            "width": WIDTH * (calibration.match_from - calibration.none_below),
        }
        context = {"sold": sold, "others": others, "steps": list(steps(calibration)), "unsure": unsure}
        return render_to_string("admin/_calibration.html", context)
