"""What the photo search is worth in this shop, in words that its owner understands. At most twelve queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Category
from shop.reports.report import Chart, Column, Kind, Report
from visualsearch.models import QualityKind
from visualsearch.quality import results
from visualsearch.quality.results import Checked, Miss, OfCategory, Share, State

MAX_CATEGORIES = 60
KINDS = (QualityKind.RETAKEN, QualityKind.OTHER_PICTURE, QualityKind.INDEX)


@dataclass(frozen=True)
class Sentence:
    """A figure out of a hundred, what it says, and how certain it is."""

    value: str
    text: str
    detail: str


class CategoryRow(NamedTuple):
    """A category with its shares as texts, one for each of KINDS."""

    category: Category
    products: int
    shares: list[str]
    is_poor: bool


@dataclass(frozen=True)
class Quality:
    """All that the page shows."""

    state: State
    sentences: list[Sentence]
    categories: list[CategoryRow]
    hidden_categories: int
    charts: list[Chart]
    history: Report | None
    gain: Sentence | None
    examples: list[Miss]
    hardest: list[Miss]
    tried: int

    @property
    def has_poor(self) -> bool:
        return any(row.is_poor for row in self.categories)


def quality(now: datetime) -> Quality:
    state = results.state(now)
    checked = results.load(state.latest) if state.latest else None
    history = _history(now)
    return Quality(
        state,
        _sentences(checked) if checked else [],
        [_row(each) for each in checked.categories[:MAX_CATEGORIES]] if checked else [],
        max(0, len(checked.categories) - MAX_CATEGORIES) if checked else 0,
        _charts(history),
        history,
        _gain(checked) if checked else None,
        results.examples(state.latest) if state.latest else [],
        results.hardest(state.latest) if state.latest else [],
        state.latest.done if state.latest else 0,
    )


def _sentences(checked: Checked) -> list[Sentence]:
    texts = {
        QualityKind.RETAKEN: _("Of 100 photos of your products, %(found)s bring the product first."),
        QualityKind.OTHER_PICTURE: _(
            "Of 100 products with two pictures, %(found)s are found first by the one when only the other is known."
        ),
        QualityKind.INDEX: _("Of 100 products that are most alike, the fast index finds %(found)s."),
    }
    return [
        Sentence(_hundredths(share), text % {"found": _hundredths(share)}, _detail(share, kind))
        for kind, text in texts.items()
        if (share := checked.overall.get(kind))
    ]


def _detail(share: Share, kind: QualityKind) -> str:
    tried = ngettext("%(number)s product tried", "%(number)s products tried", share.trials)
    tried %= {"number": Column("n", "", Kind.NUMBER).show(share.trials)}
    if kind == QualityKind.INDEX:
        return tried
    low, high = (round(100 * each) for each in share.interval)
    return _("%(tried)s; with others it would be %(low)s to %(high)s") % {"tried": tried, "low": low, "high": high}


def _row(each: OfCategory) -> CategoryRow:
    column = Column("share", "", Kind.SHARE)
    shares = [column.show(share.value if (share := each.shares.get(kind)) else None) for kind in KINDS]
    products = max((share.trials for share in each.shares.values()), default=0)
    return CategoryRow(each.category, products, shares, each.is_poor)


def _history(now: datetime) -> Report | None:
    checks = results.trend(now)
    if not checks:
        return None
    columns = [
        Column("day", _("Day"), Kind.DAY),
        *(Column(kind.value, title, Kind.SHARE) for kind, title in zip(KINDS, titles(), strict=True)),
        Column("products", _("Products"), Kind.NUMBER),
        Column("network", _("Network")),
    ]
    return Report(_("Quality over time"), columns, [_history_row(each) for each in checks])


def _history_row(checked: Checked) -> list[object]:
    check = checked.check
    shares = [share.value if (share := checked.overall.get(kind)) else None for kind in KINDS]
    day = timezone.localdate(check.finished_at) if check.finished_at else None
    return [day, *shares, check.done, check.network.identity]


def titles() -> list[str]:
    """Return the heads of the columns of KINDS."""
    return [_("Photos that find it first"), _("Found by another picture"), _("Index")]


def _charts(history: Report | None) -> list[Chart]:
    if history is None or len(history.rows) < 2:
        return []
    reports = [Report(history.title, history.columns, history.rows, chart_column=place) for place in (1, 2)]
    return [chart for report in reports if (chart := report.chart())]


def _gain(checked: Checked) -> Sentence | None:
    """Return what a second picture brings, by the products that have two."""
    one, two = (checked.overall.get(kind) for kind in (QualityKind.FIRST_ONLY, QualityKind.BOTH))
    if one is None or two is None:
        return None
    text = _(
        "Photos of the side that the second picture shows: with the first picture alone, %(one)s of 100 find the "
        "product first, with both pictures %(two)s."
    )
    value = f"{round(100 * (two.value - one.value)):+d}"
    return Sentence(value, text % {"one": _hundredths(one), "two": _hundredths(two)}, _products_with_two(two.trials))


def _products_with_two(number: int) -> str:
    text = ngettext(
        "measured with %(number)d product of this shop that has two pictures",
        "measured with %(number)d products of this shop that have two pictures",
        number,
    )
    return text % {"number": number}


def _hundredths(share: Share) -> str:
    """Return the share as a number out of 100; only all of them are 100."""
    return str(round(100 * share.value) if share.value == 1 else min(99, round(100 * share.value)))
