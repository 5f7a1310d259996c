"""What customers searched for and did not find, without any data about who searched."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import LineField
from catalog.models.search_tally import MAX_WORDS_LENGTH

MAX_NOTE_LENGTH = 200


class Demand(models.Model):
    """Words that customers searched for in vain. A dismissed row returns to the list with the next miss."""

    words = models.CharField(_("words"), max_length=MAX_WORDS_LENGTH, unique=True)
    misses = models.PositiveIntegerField(_("misses"), default=0, help_text=_("Since the words were last dismissed."))
    last_day = models.DateField(_("last day"))
    is_dismissed = models.BooleanField(_("dismissed"), default=False)

    class Meta:
        ordering = ["-misses", "words"]
        verbose_name = _("unmet demand")
        verbose_name_plural = _("unmet demand")
        indexes = [models.Index(fields=["-misses", "words"], name="demand_most_missed")]

    def __str__(self) -> str:
        return self.words


class DemandNote(models.Model):
    """What customers wrote under “Tell us what you miss” on one day."""

    demand = models.ForeignKey(Demand, models.CASCADE, related_name="notes", verbose_name=_("unmet demand"))
    day = models.DateField(_("day"), db_index=True)
    text = LineField(_("note"), max_length=MAX_NOTE_LENGTH)
    times = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        ordering = ["-day", "-pk"]
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [models.UniqueConstraint(fields=["demand", "day", "text"], name="demand_note_once_a_day")]

    def __str__(self) -> str:
        return self.text if self.times == 1 else f"{self.text} (×{self.times})"
