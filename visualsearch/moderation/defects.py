"""The check for pictures that nobody should sell with: too small, too dark, blurred, written over, and so on.

It finds what a person sees at a glance, and staff decide: nothing is refused for it unseen. Customers may photograph
as they like: a picture of theirs need not show the goods in the middle of it. Faces are not looked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.conf import settings

from visualsearch.models import Reason
from visualsearch.moderation.defect_network import DefectNetwork
from visualsearch.moderation.finding import Candidate, Check, Finding
from visualsearch.moderation.measures import Measures, measure
from visualsearch.networks.once import OncePerProcess

LOOK_AT = 0.5
WORTH_STORING = 0.2
MAX_FINDINGS = 3
NOT_FOR_CUSTOMERS = frozenset({"empty"})

# Measured values and their scores, straight lines in between. 0.5 stands where the false alarms on pictures of goods
# stay under 1 % (python -m tests.benchmarks.bench_moderation).
CURVES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "too_small": ((100, 160, 320), (1.0, 0.5, 0.0)),  # pixels of the long side
    "dark": ((60, 115, 170), (1.0, 0.5, 0.0)),  # grey level
    "empty": ((8, 25, 80), (1.0, 0.5, 0.0)),  # grey levels
}

network = OncePerProcess(lambda: DefectNetwork.load(threads=settings.VISUALSEARCH_THREADS or None))


def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
    """Look for defects in the pictures. Raises BadCard if the network's files are damaged."""
    if not settings.MODERATION_QUALITY:
        return [[] for _ in candidates]
    return [_findings(candidate) for candidate in candidates]


def _findings(candidate: Candidate) -> list[Finding]:
    found = [Finding(Reason.QUALITY, code, score) for code, score in scores(candidate).items()
             if score >= WORTH_STORING and not (candidate.is_from_customer and code in NOT_FOR_CUSTOMERS)]  # fmt: skip
    return sorted(found, key=lambda each: -each.score)[:MAX_FINDINGS]


def scores(candidate: Candidate) -> dict[str, float]:
    """Return the score of each defect, from 0 to 1."""
    values = measured(measure(candidate.small), max(candidate.width, candidate.height))
    seen = network.get().scores(candidate.picture)
    return {code: _score(code, value) for code, value in values.items()} | seen


def measured(measures: Measures, long_side: int) -> dict[str, float]:
    """Return the measured value of each defect that has a curve."""
    return {
        "too_small": float(long_side),
        "dark": measures.light,
        "empty": measures.contrast,
    }


def _score(code: str, value: float) -> float:
    return float(np.interp(value, *CURVES[code]))


CHECK = Check(Reason.QUALITY, examine, LOOK_AT)
