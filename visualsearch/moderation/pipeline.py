"""From a picture to its verdict. Safe to run twice and to kill at any moment: verdicts are written by one upsert.

A picture is decoded once for all checks, and they share the vector that the live network has stored for it. A picture
that cannot be decoded or whose checks fail needs a look: a fault must not publish anything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from catalog.models import ProductImage
from visualsearch.index import batches
from visualsearch.models import ImageEmbedding, Network, Reason, Verdict, VerdictState
from visualsearch.moderation import decisions, drift, thresholds
from visualsearch.moderation.checks import CHECKS, RULES
from visualsearch.moderation.finding import DECODED_SIDE, Candidate, Check, Finding
from visualsearch.networks import serving
from visualsearch.networks.pictures import Files
from visualsearch.photo import Vector
from visualsearch.words.vocabulary import BINARY, from_binary

logger = logging.getLogger(__name__)
SLICE = 500  # verdicts in one transaction


def unchecked(ids: Sequence[int] | None = None) -> QuerySet[ProductImage, int]:
    """Return the keys of pictures (of those in `ids`, if given) without a current verdict, oldest first."""
    done = Verdict.objects.filter(image_sha256=F("image__sha256")).filter(Q(rules=RULES) | Q(decided_at__isnull=False))
    return embedded(ids).exclude(pk__in=done.values("image_id"))


def embedded(ids: Sequence[int] | None = None) -> QuerySet[ProductImage, int]:
    """Return the keys of pictures that can be checked, oldest first: with a vector, or given up by the network."""
    settled = Q(vector__isnull=False) | Q(attempts__gte=settings.VISUALSEARCH_ATTEMPTS)
    tried = ImageEmbedding.objects.filter(settled, network=serving.live(), image_sha256=F("image__sha256"))
    pictures = ProductImage.objects.all() if ids is None else ProductImage.objects.filter(pk__in=ids)
    return pictures.filter(pk__in=tried.values("image_id")).order_by("pk").values_list("pk", flat=True)


def check_pictures(ids: Iterable[int], now: datetime, *, is_again: bool = False, files: Files | None = None) -> int:
    """Check the pictures that lack a current verdict, or all of them again. Return how many verdicts were written."""
    return sum(_check_batch(batch, now, is_again, files or Files()) for batch in batches(ids))


def _check_batch(ids: list[int], now: datetime, is_again: bool, files: Files) -> int:
    network = serving.live()
    wanted = embedded(ids) if is_again else unchecked(ids)
    images = list(ProductImage.objects.filter(pk__in=wanted).select_related("product").order_by("pk"))
    if not images:
        return 0
    candidates, checks = _candidates(images, network, files), thresholds.active(CHECKS)
    found = examine([each for each in candidates if each], checks)
    by_key = {each.image: findings for each, findings in zip(filter(None, candidates), found, strict=True)}
    verdicts = [_verdict(image, by_key.get(image.pk), checks, network, now) for image in images]
    _write(verdicts)
    return len(verdicts)


def examine(candidates: Sequence[Candidate], checks: Sequence[Check]) -> list[list[Finding]]:
    """Return what the checks found in each picture. A check that fails is a finding, too."""
    found: list[list[Finding]] = [[] for _ in candidates]
    for check in checks:
        try:
            results = check.examine(candidates)
        except Exception:  # one faulty check must neither stop the others nor publish a picture
            logger.exception("The check %s failed.", check.name)
            results = [[Finding(Reason.UNCHECKED, check.name, 1.0)] for _ in candidates]
        for findings, more in zip(found, results, strict=True):
            findings += more
    return found


def _candidates(images: Sequence[ProductImage], network: Network, files: Files) -> list[Candidate | None]:
    rows = ImageEmbedding.objects.filter(network=network, image__in=images, vector__isnull=False)
    vectors = {key: from_binary(bytes(vector)) for key, vector in rows.values_list("image", BINARY)}
    return [_candidate(image, vectors.get(image.pk), files) for image in images]


def _candidate(image: ProductImage, vector: Vector | None, files: Files) -> Candidate | None:
    picture = files.picture(image, DECODED_SIDE)
    return None if picture is None else Candidate(
        picture, image.width, image.height, image.sha256, vector, image.pk, image.product_id,
        image.product.category_id, image.is_from_customer,
    )  # fmt: skip


def _verdict(
    image: ProductImage, findings: list[Finding] | None, checks: Sequence[Check], network: Network, now: datetime
) -> Verdict:
    if findings is None:
        findings = [Finding(Reason.UNCHECKED, "unreadable", 1.0)]
    state, reason = conclude(findings, checks)
    ordered = sorted(findings, key=lambda each: -each.score)
    return Verdict(
        image=image, image_sha256=image.sha256, state=state, reason=reason,
        findings=[asdict(each) for each in ordered], rules=RULES, network=network, checked_at=now,
    )  # fmt: skip


def conclude(findings: Sequence[Finding], checks: Sequence[Check] | None = None) -> tuple[VerdictState, str]:
    """Return the state that follows from the findings and the check that causes it, "" if none does.

    What may harm customers comes before what cannot. `checks` are by default those that are on, with the
    owner's thresholds: one query.
    """
    active = thresholds.active(CHECKS) if checks is None else checks
    limits = {Reason.UNCHECKED.value: (1.0, None), **{each.name: (each.look_at, each.refuse_at) for each in active}}
    for place, state in ((1, VerdictState.REFUSED), (0, VerdictState.LOOK)):
        for finding in sorted(findings, key=lambda each: (each.check in decisions.HARMLESS, -each.score)):
            limit = limits.get(finding.check, (None, None))[place]
            if limit is not None and finding.score >= limit:
                return state, finding.check
    return VerdictState.ALLOWED, ""


def concludable(after: int) -> list[int]:
    """Return keys of pictures above this one with findings that staff have not decided on, lowest first."""
    rows = Verdict.objects.filter(decided_at=None, image__gt=after).exclude(findings=[])
    return list(rows.order_by("image").values_list("image", flat=True)[:SLICE])


def conclude_again(ids: Sequence[int]) -> int:
    """Apply new thresholds to what the checks found in these pictures, unless staff have decided. Return the changes.

    Findings that are not stored, because their scores are low, need no look at any threshold.
    """
    checks = thresholds.active(CHECKS)
    with transaction.atomic():
        rows = Verdict.objects.filter(image__in=ids, decided_at=None).order_by("pk").select_for_update()
        changed = []
        for row in rows:
            state, reason = conclude([Finding(**each) for each in row.findings], checks)
            if (row.state, row.reason) != (state, reason):
                row.state, row.reason = state, reason
                changed.append(row)
        Verdict.objects.bulk_update(changed, ["state", "reason"])
        decisions.apply(changed)
    return len(changed)


def _write(verdicts: Sequence[Verdict]) -> None:
    """Store the verdicts and show or hide the pictures. A decision by staff on the same bytes stays."""
    with transaction.atomic():
        keys = [row.image_id for row in verdicts]
        current = {row.image_id: row for row in Verdict.objects.filter(image__in=keys).select_for_update()}
        there = set(ProductImage.objects.filter(pk__in=keys).values_list("pk", "sha256"))
        fresh = [row for row in verdicts if (row.image_id, row.image_sha256) in there]
        new = [row for row in fresh if not _is_known(row, current.get(row.image_id))]
        for row in fresh:
            known = current.get(row.image_id)
            if known and known.decided_at and _is_known(row, known):
                row.state, row.reason, row.note = known.state, known.reason, known.note
                row.decided_by, row.decided_at = known.decided_by, known.decided_at
                row.appeal, row.appealed_at = known.appeal, known.appealed_at
        Verdict.objects.bulk_create(
            fresh, update_conflicts=True, unique_fields=["image"],
            update_fields=["image_sha256", "state", "reason", "note", "findings", "rules", "network", "checked_at",
                           "decided_by", "decided_at", "appeal", "appealed_at"],
        )  # fmt: skip
        decisions.apply(fresh)
        drift.count(new)


def _is_known(row: Verdict, known: Verdict | None) -> bool:
    return known is not None and known.image_sha256 == row.image_sha256
