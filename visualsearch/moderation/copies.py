"""The check for pictures that another product had first, as the same bytes or in disguise.

Pictures of one product or of one family are no copies, nor are colour twins: see `agreement`. Only staff can tell a
copied listing from a product that is in the shop twice, so that nothing is refused unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from visualsearch.models import PicturePrint, Reason
from visualsearch.moderation.agreement import likeness
from visualsearch.moderation.alignment import compare
from visualsearch.moderation.appearance import Appearance, appearances
from visualsearch.moderation.finding import Candidate, Check, Finding
from visualsearch.moderation.nearest import Near
from visualsearch.moderation.prints import read_print

LOOK_AT = 0.7
WORTH_STORING = 0.2
SAME_PRODUCT = 0.93  # cosine from which two products may be one
MOST_SAME_PRODUCT = 0.45  # the highest score for that: no look


def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
    """Compare the pictures with the earlier ones of other products. Photos of searchers have none."""
    shown = appearances(candidates)
    keys = {near.key for each in shown for near in each.near.others if not near.is_same_file}
    prints = PicturePrint.objects.in_bulk(keys) if keys else {}
    return [_find(each, prints) for each in shown]


def _find(candidate: Appearance, prints: dict[int, PicturePrint]) -> list[Finding]:
    for near in candidate.near.others:
        if near.is_same_file:
            return [Finding(Reason.COPY, "same_file", 1.0, _evidence(near, 1.0))]
    those = [near for near in candidate.near.others if near.key in prints]
    compared = compare(candidate.sheet, [read_print(bytes(prints[near.key].small)) for near in those])
    scored = [(likeness(each), near) for each, near in zip(compared, those, strict=True)]
    best = max(scored, key=lambda each: each[0], default=None)
    if best and best[0] >= WORTH_STORING:
        return [Finding(Reason.COPY, "same_picture", best[0], _evidence(best[1], best[0]))]
    return [_same_product(near) for near in those[:1] if (near.likeness or 0) >= SAME_PRODUCT]


def _evidence(near: Near, score: float) -> dict[str, Any]:
    return {"image": near.key, "product": near.product, "likeness": round(score, 3)}


def _same_product(near: Near) -> Finding:
    """Suggest that both products are one. It is worth knowing, but not a look."""
    score = near.likeness or 0.0
    return Finding(Reason.COPY, "same_product", min(MOST_SAME_PRODUCT, score / 2), _evidence(near, score))


CHECK = Check(Reason.COPY, examine, LOOK_AT)
