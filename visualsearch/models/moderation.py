"""What the shop thinks of its pictures, and what staff decided."""

from __future__ import annotations

import hashlib
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from pgvector.django import BitField, HalfVectorField, HnswIndex

from catalog.models import ProductImage
from catalog.models.fields import LineField, LinesField


class VerdictState(models.TextChoices):
    ALLOWED = "allowed", _("allowed")
    LOOK = "look", _("needs a look")
    REFUSED = "refused", _("refused")


class Reason(models.TextChoices):
    """Why a picture was refused or needs a look: the check that says so, or a reason of staff's own."""

    UNSAFE = "unsafe", _("not safe to show")
    SEEN = "seen", _("was refused before")
    COPY = "copy", _("picture of another product")
    QUALITY = "quality", _("not fit to sell with")
    PLACE = "place", _("in the wrong category")
    RULE = "rule", _("this shop does not allow it")
    UNCHECKED = "unchecked", _("could not be checked")
    OTHER = "other", _("another reason")


class VerdictQuerySet(models.QuerySet["Verdict"]):
    def open(self) -> Self:
        """Verdicts that wait for staff, appeals and samples of allowed pictures included."""
        is_open = models.Q(state=VerdictState.LOOK) | ~models.Q(appeal="") | models.Q(sampled_at__isnull=False)
        return self.filter(is_open)


class Verdict(models.Model):
    """The current verdict on a picture. It is of these bytes: another upload gets another verdict.

    `findings` are those of `visualsearch.moderation.finding.Finding`, worst first. Once staff have decided, the checks
    change the findings of the same bytes but not the state.
    """

    image = models.OneToOneField(ProductImage, models.CASCADE, related_name="verdict", verbose_name=_("picture"))
    image_sha256 = models.CharField(max_length=64)
    state = models.CharField(_("verdict"), max_length=7, choices=VerdictState)
    reason = models.CharField(_("reason"), max_length=9, choices=Reason, blank=True)
    note = LinesField(_("note"), max_length=1000, blank=True)
    findings = models.JSONField(default=list)
    rules = models.PositiveIntegerField(_("version of the rules"))
    network = models.ForeignKey("visualsearch.Network", models.SET_NULL, null=True, related_name="+")
    checked_at = models.DateTimeField(_("checked"))
    decided_by = LineField(_("decided by"), max_length=254, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)  # by staff
    appeal = LineField(_("appeal"), max_length=500, blank=True)
    appealed_at = models.DateTimeField(_("appealed"), null=True)
    sampled_at = models.DateTimeField(_("drawn for a check"), null=True)  # it stays public until staff decide

    objects = VerdictQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture to look at")
        verbose_name_plural = _("moderation")
        indexes = [
            models.Index(fields=["state", "checked_at"], name="verdict_by_state"),
            models.Index(fields=["appealed_at"], name="verdict_appeals", condition=~models.Q(appeal="")),
        ]
        permissions = [("moderate", _("Can decide on pictures"))]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.image_id}"

    @property
    def version(self) -> str:
        """A short text that changes with the picture's bytes, a decision and an appeal, to notice that of others."""
        facts = (self.image_sha256, self.state, self.reason, self.decided_at, self.appealed_at)
        return hashlib.blake2b("|".join(map(str, facts)).encode(), digest_size=8).hexdigest()


class PictureDecision(models.Model):
    """An entry of the log of what staff decided. It outlives the picture. Rows are added, never changed.

    `scores` maps each check to what it said of the picture at the time, from 0 to 1.
    """

    image = models.ForeignKey(ProductImage, models.SET_NULL, null=True, related_name="decisions")
    image_sha256 = models.CharField(max_length=64, db_index=True)
    product = LineField(_("product"), max_length=200, blank=True)
    before = models.CharField(_("before"), max_length=7, choices=VerdictState, blank=True)
    before_reason = models.CharField(max_length=9, choices=Reason, blank=True, default="", db_default="")
    state = models.CharField(_("decision"), max_length=7, choices=VerdictState)
    reason = models.CharField(_("reason"), max_length=9, choices=Reason, blank=True)
    note = LinesField(_("note"), max_length=1000, blank=True)
    appeal = LineField(_("appeal"), max_length=500, blank=True)
    scores = models.JSONField(default=dict)
    decided_by = LineField(_("decided by"), max_length=254, blank=True)
    decided_at = models.DateTimeField(_("decided"))
    is_undo = models.BooleanField(_("undoes the one before"), default=False)
    is_sample = models.BooleanField(_("drawn at random"), default=False, db_default=False)  # to count misses

    class Meta:
        ordering = ["-decided_at", "-pk"]
        verbose_name = _("decision on a picture")
        verbose_name_plural = _("decisions on pictures")

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.decided_at:%Y-%m-%d %H:%M}"


class RefusedPicture(models.Model):
    """A picture that staff refused for what it shows, remembered after its row and its file are gone.

    `small` is a JPEG to show as evidence and to embed again for another network; it is empty until a task has filled
    the row, and until then only the same bytes are found. Once staff allow the same bytes, it is not active.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    image = models.ForeignKey(ProductImage, models.SET_NULL, null=True, related_name="+")
    small = models.BinaryField(default=b"")
    hash = BitField(length=64, null=True)
    mirrored_hash = BitField(length=64, null=True)
    reason = models.CharField(_("reason"), max_length=9, choices=Reason)
    decided_at = models.DateTimeField(_("decided"))
    is_active = models.BooleanField(_("active"), default=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("refused picture")
        verbose_name_plural = _("refused pictures")

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.sha256[:8]}"


class RefusedVector(models.Model):
    """The vector of a view of a refused picture, such as its middle, by one network. A few thousand are compared."""

    refused = models.ForeignKey(RefusedPicture, models.CASCADE, related_name="vectors")
    network = models.ForeignKey("visualsearch.Network", models.CASCADE, related_name="+")
    view = models.PositiveSmallIntegerField()
    vector = HalfVectorField()

    class Meta:
        verbose_name = _("vector of a refused picture")
        verbose_name_plural = _("vectors of refused pictures")
        constraints = [models.UniqueConstraint(fields=["network", "refused", "view"], name="refused_vector_once")]

    def __str__(self) -> str:
        return f"view {self.view} of refused picture {self.refused_id} by network {self.network_id}"


class PicturePrint(models.Model):
    """What tells a picture from all others (`moderation.prints`), to find it on another product.

    `first_at` is when the shop first saw these bytes on this picture: of two alike, the later one is the copy. It is
    out of date once the picture has another hash.
    """

    image = models.OneToOneField(ProductImage, models.CASCADE, primary_key=True, related_name="print")
    image_sha256 = models.CharField(max_length=64)
    hash = BitField(length=64)
    small = models.BinaryField()
    first_at = models.DateTimeField()

    class Meta:
        verbose_name = _("print of a picture")
        verbose_name_plural = _("prints of pictures")
        indexes = [
            HnswIndex(fields=["hash"], name="print_by_hash", m=16, ef_construction=64, opclasses=["bit_hamming_ops"])
        ]

    def __str__(self) -> str:
        return f"print of picture {self.image_id}"
