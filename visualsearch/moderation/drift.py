"""Notice when more or fewer pictures than usual need a look or are refused: a supplier, a network or a rule changed.

The share of the last week is compared with the weeks before. Shares differ from week to week anyhow, so the spread
between those weeks is added to chance (DerSimonian & Laird 1986, "Meta-Analysis in Clinical Trials").
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Count, F
from django.db.models.functions import TruncDate

from visualsearch.models import PictureDecision, Verdict, VerdictCount, VerdictState

WEEK = timedelta(days=7)
WEEKS = 8  # to compare with
MIN_WEEKS = 3
MIN_PICTURES = 50  # in a week that counts
ALARM = 3.0  # standard errors: once in years by chance

ADD = """
INSERT INTO visualsearch_verdictcount AS old (day, state, count) VALUES (%s, %s, %s)
ON CONFLICT (day, state) DO UPDATE SET count = old.count + excluded.count
"""

Counts = Mapping[date, Mapping[str, int]]


@dataclass(frozen=True)
class Drift:
    """A share that has moved: of the last week and of the weeks before, and how many pictures it is."""

    state: VerdictState
    by_staff: bool
    pictures: int
    share: float
    before: float


def count(verdicts: Iterable[Verdict]) -> None:
    """Count the verdicts of the checks by day. Call it in the transaction that writes them."""
    found = Counter((row.checked_at.date(), row.state) for row in verdicts)
    with connection.cursor() as cursor:
        for (day, state), number in sorted(found.items()):
            cursor.execute(ADD, [day, state, number])


def find(today: date) -> list[Drift]:
    """Return the shares that have moved beyond chance. Two queries."""
    since = today - (WEEKS + 1) * WEEK
    verdicts = VerdictCount.objects.filter(day__gt=since, day__lte=today).values_list("day", "state", "count")
    decided = PictureDecision.objects.filter(decided_at__date__gt=since, decided_at__date__lte=today, is_undo=False)
    by_day = decided.order_by().values(day=TruncDate("decided_at")).annotate(number=Count("pk"))
    by_staff = _by_day(by_day.values_list("day", F("state"), "number"))
    by_checks = _by_day(verdicts)
    wanted = [(by_checks, VerdictState.LOOK, False), (by_checks, VerdictState.REFUSED, False),
              (by_staff, VerdictState.REFUSED, True)]  # fmt: skip
    found = [_moved(counts, state, is_by_staff, today) for counts, state, is_by_staff in wanted]
    return [each for each in found if each]


def _by_day(rows: Iterable[tuple[date, str, int]]) -> Counts:
    counts: dict[date, Counter[str]] = {}
    for day, state, number in rows:
        counts.setdefault(day, Counter())[state] += number
    return counts


def _moved(counts: Counts, state: VerdictState, by_staff: bool, today: date) -> Drift | None:
    """Return the drift of this state's share if there is one."""
    (hits, pictures), *weeks = [_week(counts, state, today - back * WEEK) for back in range(WEEKS + 1)]
    before = [week for week in weeks if week[1] >= MIN_PICTURES]
    if pictures < MIN_PICTURES or len(before) < MIN_WEEKS:
        return None
    usual, variance = _usual(before)
    share = hits / pictures
    error = math.sqrt(variance + usual * (1 - usual) / pictures)
    return Drift(state, by_staff, hits, share, usual) if abs(share - usual) > ALARM * error else None


def _week(counts: Counts, state: str, last: date) -> tuple[int, int]:
    """Return the pictures in this state and all pictures of the week that ends on this day."""
    days = [counts.get(last - timedelta(days=day), {}) for day in range(7)]
    return sum(day.get(state, 0) for day in days), sum(sum(day.values()) for day in days)


def _usual(weeks: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return the usual share, and the variance with which a week's true share and our estimate of it differ.

    Half a picture is added on either side, so that a shop that has never refused one has some chance to.
    """
    total = sum(pictures for _hits, pictures in weeks)
    usual = (sum(hits for hits, _pictures in weeks) + 0.5) / (total + 1)
    chance = usual * (1 - usual)
    excess = sum(pictures * (hits / pictures - usual) ** 2 for hits, pictures in weeks) - (len(weeks) - 1) * chance
    size = total - sum(pictures**2 for _hits, pictures in weeks) / total
    return usual, max(0.0, excess / size) + chance / total
