"""Searchers' photos: looked at in memory, before they are searched with, and never kept."""

from __future__ import annotations

from django.conf import settings
from PIL import Image

from visualsearch.models import Reason, VerdictState
from visualsearch.moderation import pipeline, thresholds
from visualsearch.moderation.checks import CHECKS
from visualsearch.moderation.finding import Candidate


def may_search_with(photo: Image.Image) -> bool:
    """Return False for an unsafe photo if MODERATION_SEARCH is "neutral". Otherwise nothing is checked.

    The thresholds are those of the shop's pictures. A check that fails refuses nobody: the results are the shop's own.
    """
    if settings.MODERATION_SEARCH != "neutral":
        return True
    checks = [check for check in thresholds.active(CHECKS) if check.name == Reason.UNSAFE]
    (found,) = pipeline.examine([Candidate(photo, photo.width, photo.height, sha256="")], checks)
    state, _reason = pipeline.conclude([finding for finding in found if finding.check == Reason.UNSAFE], checks)
    return state == VerdictState.ALLOWED
