"""How the search is doing: figures to act on, each with a sentence of what it means. Six queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.follow_ups import Step, steps_between
from catalog.models import ProductImage
from shop.http.search_times import percentile
from shop.models import SearchTime
from shop.reports.period import Period
from shop.reports.report import Chart, Column, Kind, Report, Text
from shop.reports.searches import searches_over_time
from visualsearch.models import IndexRecall, QualityResult, QualityTrial
from visualsearch.quality.results import by_other_pictures

MAX_CATEGORIES = 50
MAX_GALLERIES = 6
MAX_PAIRS = 3  # of a category
DAY = Column("day", gettext_lazy("Day"), Kind.DAY)


@dataclass(frozen=True)
class Figure:
    """A formatted number with its name."""

    name: Text
    value: str


@dataclass(frozen=True)
class Pair:
    """A picture that did not find its own product, and the picture that it found first."""

    searched: ProductImage
    found: ProductImage


@dataclass(frozen=True)
class Gallery:
    """The worst pairs of a category."""

    title: str
    pairs: list[Pair]


@dataclass(frozen=True)
class Section:
    """A topic: what its figures mean, what to do about them, the figures, a report, pictures, and a page with more."""

    slug: str
    title: Text
    meaning: Text
    advice: Text
    figures: list[Figure]
    report: Report
    chart_columns: tuple[int, ...] = ()
    galleries: list[Gallery] = field(default_factory=list)
    more_url: str = ""

    def charts(self) -> list[Chart]:
        """Return a chart of each column that has any value."""
        charts = [replace(self.report, chart_column=column).chart() for column in self.chart_columns]
        return [chart for chart in charts if chart]


def sections(period: Period) -> list[Section]:
    return [_searches(period), _refinements(period), _speed(period), _index(period), _categories()]


def _searches(period: Period) -> Section:
    report = searches_over_time(period)
    total = report.total or ()
    titles = [_("searches by words"), _("were misses"), _("searches by photo"), _("matched nothing")]
    chosen = [(report.columns[place], total[place]) for place in (1, 3, 4, 6)]
    return Section(
        "searches",
        _("Searches"),
        _("How often customers search, and how often nothing in the shop is what they asked for."),
        _("If misses rise, open Unmet demand and add what is missing, or the words that customers use for it."),
        [Figure(title, column.show(value)) for title, (column, value) in zip(titles, chosen, strict=True)],
        report,
        (1, 4),
    )


def _refinements(period: Period) -> Section:
    steps = steps_between(period.since, period.until)
    everything = sum(steps.values())
    rows = [(step.label, steps[step.value], _share(steps[step.value], everything)) for step in Step]
    columns = [
        Column("step", _("Step")),
        Column("times", _("Times"), Kind.NUMBER),
        Column("share", _("Share"), Kind.SHARE),
    ]
    names = {Step.OPENED: _("opened a product"), Step.REWORDED: _("changed the words")}
    return Section(
        "refinements",
        _("After a search"),
        _("What customers do next on a page of results. Opening a product is what a good answer leads to."),
        _("Many changed words mean that the first words found the wrong products: add synonyms. Many changed filters "
          "mean that the order does not help: look at titles, categories and attributes."),
        [Figure(name, columns[2].show(_share(steps[step.value], everything))) for step, name in names.items()],
        Report(_("After a search"), columns, rows if everything else []),
    )  # fmt: skip


def _speed(period: Period) -> Section:
    counts: dict[tuple[str, date | None], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    rows = SearchTime.objects.filter(day__range=(period.since, period.until))
    for kind, day, step, number in rows.values_list("kind", "day", "at_most_ms", "searches"):
        counts[kind, day][step] += number
        counts[kind, None][step] += number
    columns = [
        DAY,
        *(Column(f"{kind}_p{share}", title, Kind.NUMBER) for kind, share, title in _times()),
    ]
    days = sorted({day for _kind, day in counts if day})
    report = Report(_("Milliseconds until the answer"), columns, [_time_row(day, counts) for day in days])
    whole = _time_row(None, counts)[1:]
    names = [
        _("words, half of them (p50)"),
        _("words, 95% of them (p95)"),
        _("photo, half (p50)"),
        _("photo, 95% (p95)"),
    ]
    return Section(
        "speed",
        _("Speed"),
        _("How long the server takes to answer a search. Half are faster than p50; one in twenty is slower than p95."),
        _("If p95 stays above 500 ms, give the database more memory or a faster disk, and look for slow statements in "
          "its log. Photos depend on the processor of the web server."),
        [Figure(name, _milliseconds(value)) for name, value in zip(names, whole, strict=True)],
        report,
        (2, 4),
    )  # fmt: skip


def _times() -> list[tuple[str, int, Text]]:
    return [
        ("words", 50, _("Words, p50")), ("words", 95, _("Words, p95")),
        ("photo", 50, _("Photo, p50")), ("photo", 95, _("Photo, p95")),
    ]  # fmt: skip


def _time_row(day: date | None, counts: Mapping[tuple[str, date | None], Mapping[int, int]]) -> list[Any]:
    times = [percentile(counts.get((kind, day), {}), share / 100) for kind, share, _title in _times()]
    return [day, *(None if each is None else round(each) for each in times)]


def _index(period: Period) -> Section:
    measured = IndexRecall.objects.filter(day__range=(period.since, period.until)).order_by("day")
    rows = list(measured.values_list("day", "pictures", "mean", "worst"))
    share = Column("mean", _("Found on average"), Kind.SHARE)
    columns = [
        DAY,
        Column("pictures", _("Pictures"), Kind.NUMBER),
        share,
        Column("worst", _("Found at worst"), Kind.SHARE),
    ]
    _day, pictures, mean, worst = rows[-1] if rows else (None, 0, None, None)
    return Section(
        "index",
        _("Index"),
        _("The index answers fast and may miss a neighbour. Every day some stored pictures are searched again without "
          "it: this is the share of the twenty nearest products that the index found, too."),
        _("Below 95% on average, or often below 70% at worst, rebuild the index of the network."),
        [Figure(_("on average"), share.show(mean)), Figure(_("at worst"), share.show(worst)),
         Figure(_("pictures"), columns[1].show(pictures))],
        Report(_("Found by the index"), columns, rows),
        (3,),
    )  # fmt: skip


def _categories() -> Section:
    worst, missed = by_other_pictures(MAX_CATEGORIES, MAX_PAIRS)
    columns = [
        Column("category", _("Category")),
        Column("products", _("Products"), Kind.NUMBER),
        Column("found_first", _("Found first"), Kind.SHARE),
    ]
    rows = [(str(each.category), each.trials, each.share) for each in worst]
    found, searched = sum(round(each.score) for each in worst), sum(each.trials for each in worst)
    return Section(
        "categories",
        _("Pictures by category"),
        _("One picture of a product is left out and searched with: does another picture of the same product come "
          "first? The worst categories stand first. Only products with two or more pictures count."),
        _("Look at the pairs: if they are one product in two colours, give both the same family. Otherwise replace "
          "pictures that do not show the product, or train the network with these categories."),
        [Figure(_("found first"), columns[2].show(_share(found, searched))),
         Figure(_("products searched"), columns[1].show(searched))],
        Report(_("Pictures by category"), columns, rows),
        (2,),
        _galleries(worst, missed),
        reverse("reports:quality"),
    )  # fmt: skip


def _galleries(worst: Sequence[QualityResult], missed: Mapping[int, Sequence[QualityTrial]]) -> list[Gallery]:
    galleries = []
    for each in worst:
        trials = missed[each.category_id or 0]
        if pairs := [Pair(trial.image, trial.found) for trial in trials if trial.found]:
            galleries.append(Gallery(str(each.category), pairs))
    return galleries[:MAX_GALLERIES]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _milliseconds(value: int | None) -> str:
    return "–" if value is None else _("%(number)d ms") % {"number": value}
