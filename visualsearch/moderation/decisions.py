"""What staff decide, what suppliers answer, and what follows: public or not. No machine deletes anything.

Each function may run twice. A verdict and whether its picture is public change in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from catalog.models import ProductImage
from catalog.pictures.services import hide_pictures, show_pictures
from catalog.tasks import make_renditions
from visualsearch.models import PictureDecision, Reason, Verdict, VerdictState
from visualsearch.moderation import memory

# Customers see such pictures while they wait for a look: hiding the only picture of a sound product costs more.
HARMLESS = frozenset({Reason.COPY, Reason.QUALITY, Reason.PLACE})
MAX_APPEAL = 500  # characters


@dataclass(frozen=True)
class Choice:
    """What a member of staff decided, and why. `by` is who: their email address."""

    state: VerdictState
    by: str
    reason: Reason | str = ""
    note: str = ""


def decide(verdicts: Sequence[int], choice: Choice, now: datetime, seen: Mapping[int, str] | None = None) -> int:
    """Decide on the pictures of these verdicts and log it. Return how many verdicts changed.

    `seen` has the versions that the member of staff looked at. Verdicts that have changed since are left alone, as are
    verdicts on replaced pictures.
    """
    with transaction.atomic():
        rows = list(Verdict.objects.filter(pk__in=verdicts).select_related("image__product").order_by("pk")
                    .select_for_update(of=("self",)))  # fmt: skip
        current = [row for row in rows if _is_current(row, (seen or {}).get(row.pk))]
        changing = [
            row for row in current if (row.state, row.reason) != (choice.state, choice.reason) or _is_asked(row)
        ]
        PictureDecision.objects.bulk_create(_entry(row, choice, now) for row in changing)
        for row in changing:
            row.state, row.reason, row.note = choice.state, choice.reason, choice.note
            row.decided_by, row.decided_at, row.appeal, row.appealed_at = choice.by, now, "", None
            row.sampled_at = None
        fields = ["state", "reason", "note", "decided_by", "decided_at", "appeal", "appealed_at", "sampled_at"]
        Verdict.objects.bulk_update(changing, fields)
        apply(changing)
        memory.follow(changing)
    return len(changing)


def undo(verdict: int, by: str, now: datetime, seen: str = "") -> bool:
    """Return to the state before the last decision on this picture. Return False if there is none to undo.

    `seen` is the version that the member of staff looked at; a newer decision by others is not undone.
    """
    with transaction.atomic():
        row = Verdict.objects.select_related("image__product").select_for_update(of=("self",)).get(pk=verdict)
        last, earlier = _last_two(row)
        if last is None or not last.before or last.is_undo or not _is_current(row, seen or None):
            return False
        choice = Choice(VerdictState(last.before), by, last.before_reason)
        entry = _entry(row, choice, now)
        entry.is_undo = True
        entry.save()
        row.state, row.reason, row.note = choice.state, last.before_reason, earlier.note if earlier else ""
        # Without an earlier decision the verdict is that of the checks again, and they may change it.
        row.decided_by, row.decided_at = (earlier.decided_by, now) if earlier else ("", None)
        row.appeal, row.appealed_at = last.appeal, now if last.appeal else None
        row.save()
        apply([row])
        memory.follow([row])
    return True


def appeal(verdict: int, sentence: str, now: datetime) -> bool:
    """Ask staff to look at a refused picture again. Return False if it is not refused."""
    text = " ".join(sentence.split())[:MAX_APPEAL]
    refused = Verdict.objects.filter(pk=verdict, state=VerdictState.REFUSED)
    return bool(text and refused.update(appeal=text, appealed_at=now))


def apply(verdicts: Sequence[Verdict]) -> None:
    """Show or hide the pictures as their verdicts say. Call it in the transaction that writes the verdicts."""
    public = [row.image_id for row in verdicts if is_public(row)]
    hidden = [row.image_id for row in verdicts if not is_public(row)]
    if hidden:
        hide_pictures(ProductImage.objects.filter(pk__in=hidden))
    of_these_bytes = Verdict.objects.filter(image=OuterRef("pk"), image_sha256=OuterRef("sha256"))
    if public and show_pictures(ProductImage.objects.filter(Exists(of_these_bytes), pk__in=public)):
        transaction.on_commit(lambda: make_renditions.delay(public), robust=True)


def settle() -> int:
    """Show or hide what waits as MODERATION says now, after it was changed. Return how many pictures changed.

    Refused pictures stay hidden. The sweep makes missing renditions.
    """
    current = Verdict.objects.filter(image=OuterRef("pk"), image_sha256=OuterRef("sha256"))
    with transaction.atomic():
        if settings.MODERATION == "hold":
            held = current.filter(state=VerdictState.LOOK).exclude(reason__in=HARMLESS)
            return hide_pictures(ProductImage.objects.filter(Exists(held)))
        waiting = ProductImage.objects.filter(~Exists(current.filter(state=VerdictState.REFUSED)))
        return show_pictures(waiting)


def is_public(row: Verdict) -> bool:
    """Return True if customers see a picture with this verdict, perhaps while it waits for a look."""
    can_wait = settings.MODERATION != "hold" or row.reason in HARMLESS
    return row.state == VerdictState.ALLOWED or (row.state == VerdictState.LOOK and can_wait)


def _is_current(row: Verdict, seen: str | None) -> bool:
    """Return True if the verdict is of the picture's bytes, and still the version that was seen, if one is given."""
    return row.image_sha256 == row.image.sha256 and seen in (None, row.version)


def _last_two(row: Verdict) -> tuple[PictureDecision | None, PictureDecision | None]:
    """Return the last decision on the verdict's bytes and the one before it."""
    logged = list(PictureDecision.objects.filter(image=row.image_id, image_sha256=row.image_sha256)[:2])
    return logged[0] if logged else None, logged[1] if len(logged) > 1 else None


def _is_asked(row: Verdict) -> bool:
    """Return True if staff are asked about the picture, so that the same answer is an answer, too."""
    return bool(row.appeal or row.sampled_at)


def _entry(row: Verdict, choice: Choice, now: datetime) -> PictureDecision:
    scores: dict[str, float] = {}
    for finding in row.findings:
        scores[finding["check"]] = max(finding["score"], scores.get(finding["check"], 0.0))
    return PictureDecision(
        image=row.image, image_sha256=row.image_sha256, product=row.image.product.title, before=row.state,
        before_reason=row.reason,
        state=choice.state, reason=choice.reason, note=choice.note, appeal=row.appeal, scores=scores,
        decided_by=choice.by, decided_at=now, is_sample=row.sampled_at is not None,
    )  # fmt: skip
