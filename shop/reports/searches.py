"""Reports of searches: what customers look for and do not find. One query per report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import DateField, F, Q, Sum
from django.db.models.functions import Coalesce, Trunc
from django.utils.translation import gettext_lazy as _

from catalog.models.search_tally import SearchTally
from shop.reports.period import Period
from shop.reports.report import Column, Kind, Report, time_column

MAX_WORDS = 100
SEARCHES = Column("searches", _("Searches"), Kind.NUMBER)
MISSES = Column("found_nothing", _("Misses"), Kind.NUMBER)  # the name in CSV files stays
_RETENTION_NOTE = _("Texts with an @ or many digits are counted but not recorded. Counts are deleted after a year.")


def searches_over_time(period: Period) -> Report:
    """Report searches by words and by photo, with the share of each that are misses."""
    tallies = SearchTally.objects.between(period.since, period.until)
    sums: Any = tallies.annotate(step=Trunc("day", period.step.value, output_field=DateField())).values("step")
    by_step = {each["step"]: each for each in sums.annotate(**_sums("words"), **_sums("photo")).order_by()}
    rows = [_row(step, by_step.get(step, {})) for step in period.steps()]
    columns = [
        time_column(period.step),
        Column("by_words", _("By words"), Kind.NUMBER), MISSES, Column("share", _("Share"), Kind.SHARE),
        Column("by_photo", _("By photo"), Kind.NUMBER), Column("no_match", _("No match"), Kind.NUMBER),
        Column("share_of_photos", _("Share"), Kind.SHARE),
    ]  # fmt: skip
    words, missed, photos, unlike = (sum(row[place] for row in rows) for place in (1, 2, 4, 5))
    total = [_("Total"), words, missed, _share(missed, words), photos, unlike, _share(unlike, photos)]
    note = _("Paging and filtering do not count as new searches.")
    return Report(_("Searches"), columns, rows, total, note=note, chart_column=1)


def searched_words(period: Period) -> Report:
    """Report the most frequent searches."""
    tallies = _by_words(period).order_by("-count", "words")[:MAX_WORDS]
    rows = [(each["words"] or _("(not recorded)"), each["count"], each["missed"]) for each in tallies]
    return Report(_("Words"), [Column("words", _("Words")), SEARCHES, MISSES], rows, note=_RETENTION_NOTE)


def unanswered_words(period: Period) -> Report:
    """Report the most frequent misses: products that the shop lacks, or names differently."""
    tallies = _by_words(period).filter(missed__gt=0).order_by("-missed", "words")[:MAX_WORDS]
    rows = [(each["words"] or _("(not recorded)"), each["missed"], each["count"]) for each in tallies]
    return Report(_("Misses"), [Column("words", _("Words")), MISSES, SEARCHES], rows, note=_RETENTION_NOTE)


def _by_words(period: Period) -> Any:
    tallies = SearchTally.objects.between(period.since, period.until).by_words()
    return tallies.values("words").annotate(count=Sum("searches"), missed=Sum("unanswered"))


def _sums(kind: str) -> dict[str, Any]:
    of_kind = Q(kind=kind)
    return {
        kind: Coalesce(Sum(F("searches"), filter=of_kind), 0),
        f"{kind}_missed": Coalesce(Sum(F("unanswered"), filter=of_kind), 0),
    }


def _row(step: date, sums: dict[str, int]) -> Sequence[Any]:
    words, missed = sums.get("words", 0), sums.get("words_missed", 0)
    photos, unlike = sums.get("photo", 0), sums.get("photo_missed", 0)
    return step, words, missed, _share(missed, words), photos, unlike, _share(unlike, photos)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
