"""The check for pictures that staff refused before, in whatever disguise.

The nearest refused pictures by vector and by hash are laid over the candidate (`alignment`): another picture of the
same kind of thing is near, too, but its pixels do not agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from visualsearch.models import PictureDecision, Reason, RefusedPicture, VerdictState
from visualsearch.moderation.agreement import likeness
from visualsearch.moderation.alignment import compare
from visualsearch.moderation.appearance import Appearance, appearances
from visualsearch.moderation.finding import Candidate, Check, Finding
from visualsearch.moderation.prints import SIDE, read_print, thumbnail

LOOK_AT = 0.5
REFUSE_AT = 0.98
WORTH_STORING = 0.2


def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
    """Compare the pictures with those that staff refused."""
    shown = appearances(candidates)
    keys = {near.key for each in shown for near in each.near.refused}
    refused = RefusedPicture.objects.select_related("image").in_bulk(keys) if keys else {}
    findings = [_find(each, refused) for each in shown]
    allowed = _allowed([each.sha256 for each, found in zip(candidates, findings, strict=True) if found])
    return [[] if each.sha256 in allowed else found for each, found in zip(candidates, findings, strict=True)]


def _find(candidate: Appearance, refused: dict[int, RefusedPicture]) -> list[Finding]:
    nearest = candidate.near.refused
    for near in nearest:
        if near.is_same_file and near.key in refused:
            return [Finding(Reason.SEEN, "same_file", 1.0, _evidence(refused[near.key], 1.0))]
    rows = [refused[near.key] for near in nearest if near.key in refused and refused[near.key].small]
    prints = [thumbnail(read_print(bytes(row.small)), SIDE) for row in rows]
    scores = [likeness(each) for each in compare(candidate.sheet, prints)]
    best = max(zip(scores, rows, strict=True), key=lambda each: each[0], default=None)
    if best is None or best[0] < WORTH_STORING:
        return []
    return [Finding(Reason.SEEN, "refused_before", best[0], _evidence(best[1], best[0]))]


def _evidence(refused: RefusedPicture, score: float) -> dict[str, Any]:
    found = {"refused": refused.pk, "likeness": round(score, 3), "reason": str(refused.reason)}
    is_there = refused.image is not None and refused.image.sha256 == refused.sha256
    return found | ({"image": refused.image_id} if is_there else {})


def _allowed(hashes: Sequence[str]) -> set[str]:
    """Return the hashes of bytes that staff allowed in their last decision: they know better."""
    if not hashes:
        return set()
    newest = PictureDecision.objects.filter(image_sha256__in=hashes).order_by("image_sha256", "-decided_at", "-pk")
    last = newest.distinct("image_sha256").values_list("image_sha256", "state")
    return {sha256 for sha256, state in last if state == VerdictState.ALLOWED}


CHECK = Check(Reason.SEEN, examine, LOOK_AT, REFUSE_AT)
