"""Daily counts of what customers do after a search, without any data about who did it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FollowUp(models.Model):
    """How often customers took this step on one day, coming from a page of search results."""

    class Step(models.TextChoices):
        OPENED = "opened", _("opened a product")
        FILTERED = "filtered", _("changed a filter")
        SORTED = "sorted", _("changed the order")
        PAGED = "paged", _("turned the page")
        REWORDED = "reworded", _("changed the words")

    day = models.DateField(_("day"))
    step = models.CharField(_("step"), max_length=8, choices=Step)
    times = models.PositiveIntegerField(_("times"))

    class Meta:
        verbose_name = _("step after a search")
        verbose_name_plural = _("steps after a search")
        constraints = [models.UniqueConstraint(fields=["day", "step"], name="follow_up_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.step}: {self.times}"
