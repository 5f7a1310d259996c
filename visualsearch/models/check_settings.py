"""What the owner sets for each check of pictures, and how many verdicts there were on each day."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from visualsearch.models.moderation import Reason, VerdictState

SCORE = (MinValueValidator(0), MaxValueValidator(1))
MINUTES = (MinValueValidator(0), MaxValueValidator(100_000))
LOOK_MINUTES, MISS_MINUTES = 0.5, 30.0
WEEKLY_SAMPLE = 10


class CheckSetting(models.Model):
    """What replaces the thresholds of a check. A check without a row has its own.

    `look_minutes` and `miss_minutes` are what a look and a missed picture cost: `moderation.thresholds` proposes the
    threshold at which they cost least together.
    """

    name = models.CharField(_("check"), max_length=9, choices=Reason, unique=True)
    is_on = models.BooleanField(_("on"), default=True)
    look_at = models.FloatField(_("needs a look from"), validators=SCORE)
    refuse_at = models.FloatField(_("refused from (empty: never)"), validators=SCORE, null=True, blank=True)
    look_minutes = models.FloatField(_("minutes a look costs"), validators=MINUTES, default=LOOK_MINUTES)
    miss_minutes = models.FloatField(_("minutes a miss costs"), validators=MINUTES, default=MISS_MINUTES)

    class Meta:
        verbose_name = _("check of pictures")
        verbose_name_plural = _("checks of pictures")
        constraints = [
            models.CheckConstraint(condition=Q(look_at__range=(0, 1)), name="check_looks_from_0_to_1"),
            models.CheckConstraint(
                condition=Q(refuse_at=None) | Q(refuse_at__gte=F("look_at"), refuse_at__lte=1),
                name="check_refuses_after_a_look",
                violation_error_message=_("Refuse pictures from a score that is not below the one for a look."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_name_display()


class SampleSetting(models.Model):
    """How many allowed pictures a week staff look at all the same, so that misses can be counted. At most one row."""

    weekly = models.PositiveSmallIntegerField(
        _("allowed pictures to look at each week"), default=WEEKLY_SAMPLE, validators=[MaxValueValidator(500)]
    )

    class Meta:
        verbose_name = _("sample of allowed pictures")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_sample_setting")]

    def __str__(self) -> str:
        return str(self.weekly)


class VerdictCount(models.Model):
    """How many pictures got this verdict from the checks on this day. Pictures that are checked again do not count."""

    day = models.DateField()
    state = models.CharField(max_length=7, choices=VerdictState)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "state"], name="verdict_count_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.count} {self.state}"
