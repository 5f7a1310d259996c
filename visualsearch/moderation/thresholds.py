"""Thresholds of the checks, and what each would have cost on this shop's own decisions.

Staff decide on pictures that need a look or were refused, on appeals, and on a small random sample of allowed ones.
Only the sample shows what the checks miss, so each of its decisions stands for as many allowed pictures as there are
for each picture drawn (Horvitz & Thompson 1952, "A Generalization of Sampling Without Replacement From a Finite
Universe"). Without a sample, recall is that among pictures that staff happened to see: too high.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from visualsearch.models import CheckSetting, PictureDecision, Reason, Verdict, VerdictState
from visualsearch.moderation.finding import Check

MAX_DECISIONS = 5_000  # newest first
MIN_DECISIONS = 30  # with a score or without, before a threshold is proposed
MIN_REFUSED = 5  # of them, for the reason that the check is about
STEPS = tuple(step / 20 for step in range(4, 21))  # lower scores are not stored
# What a head learns from counts for it, too.
REASONS: Mapping[str, Sequence[str]] = {Reason.RULE: (Reason.RULE, Reason.UNSAFE, Reason.OTHER)}


@dataclass(frozen=True)
class Judged:
    """A picture that staff decided on: what the checks said, whether it was refused, and how many it stands for."""

    scores: Mapping[str, float]
    refused_for: str  # a reason; empty if it was allowed
    weight: float = 1.0
    is_sample: bool = False


@dataclass(frozen=True)
class Point:
    """What follows from a threshold: pictures that staff look at, and pictures found and missed."""

    threshold: float
    looks: float
    found: float
    missed: float
    cost: float  # in minutes

    @property
    def precision(self) -> float | None:
        return self.found / self.looks if self.looks else None

    @property
    def recall(self) -> float | None:
        wanted = self.found + self.missed
        return self.found / wanted if wanted else None


@dataclass(frozen=True)
class Curve:
    """The points of a check, lowest threshold first, and the one that costs least if there are enough decisions."""

    points: Sequence[Point]
    refused: int
    cheapest: Point | None = None


def active(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Return the checks that are on, with the thresholds that the owner has set. One query."""
    known = {row.name: row for row in CheckSetting.objects.all()}
    chosen = [(check, known.get(check.name)) for check in checks]
    return tuple(
        check if row is None else replace(check, look_at=row.look_at, refuse_at=row.refuse_at)
        for check, row in chosen
        if row is None or row.is_on
    )


def setting_of(check: Check) -> CheckSetting:
    """Return the row of a check that has none yet, not saved."""
    return CheckSetting(name=check.name, look_at=check.look_at, refuse_at=check.refuse_at)


def read_judged() -> list[Judged]:
    """Return the last decision on each picture, newest first. Two queries."""
    rows = PictureDecision.objects.exclude(state=VerdictState.LOOK).order_by("-decided_at", "-pk")
    newest: dict[str, PictureDecision] = {}
    for row in rows[:MAX_DECISIONS]:
        newest.setdefault(row.image_sha256, row)
    decided = [row for row in newest.values() if not row.is_undo]
    drawn = sum(row.is_sample for row in decided)
    allowed = Verdict.objects.filter(state=VerdictState.ALLOWED, decided_at=None).count() if drawn else 0
    stands_for = 1 + allowed / max(1, drawn)
    return [_judged(row, stands_for) for row in decided]


def _judged(row: PictureDecision, stands_for: float) -> Judged:
    refused_for = (row.reason or Reason.OTHER) if row.state == VerdictState.REFUSED else ""
    return Judged(row.scores, refused_for, stands_for if row.is_sample else 1.0, row.is_sample)


def curve_of(judged: Sequence[Judged], setting: CheckSetting) -> Curve:
    """Return what each threshold of this check would have cost, and propose one.

    Of thresholds that cost the same, the one nearest to the threshold in use is proposed.
    """
    scored = _scored(judged, setting)
    points = [_point(scored, step, setting) for step in STEPS]
    refused = sum(is_wanted for _score, is_wanted, _weight in scored)
    if len(judged) < MIN_DECISIONS or refused < MIN_REFUSED:
        return Curve(points, refused)
    cheapest = min(points, key=lambda each: (each.cost, abs(each.threshold - setting.look_at)))
    return Curve(points, refused, cheapest)


def point_at(judged: Sequence[Judged], setting: CheckSetting, threshold: float) -> Point:
    """Return what follows from this threshold of the check."""
    return _point(_scored(judged, setting), threshold, setting)


def _scored(judged: Iterable[Judged], setting: CheckSetting) -> list[tuple[float, bool, float]]:
    """Return the check's score of each picture, whether it was refused for what the check is about, and its weight."""
    wanted = REASONS.get(setting.name, (setting.name,))
    return [(each.scores.get(setting.name, 0.0), each.refused_for in wanted, each.weight) for each in judged]


def _point(scored: Iterable[tuple[float, bool, float]], threshold: float, setting: CheckSetting) -> Point:
    looks = found = missed = 0.0
    for score, is_wanted, weight in scored:
        if score >= threshold:
            looks += weight
            found += weight * is_wanted
        else:
            missed += weight * is_wanted
    return Point(threshold, looks, found, missed, looks * setting.look_minutes + missed * setting.miss_minutes)
