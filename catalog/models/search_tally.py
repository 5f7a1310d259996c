"""Daily search counts, without any data about who searched."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

MAX_WORDS_LENGTH = 80


class SearchTallyQuerySet(models.QuerySet["SearchTally"]):
    def between(self, since: date, until: date) -> Self:
        """Filter by day, both ends included."""
        return self.filter(day__range=(since, until))

    def by_words(self) -> Self:
        return self.filter(kind=SearchTally.Kind.WORDS)

    def by_photo(self) -> Self:
        return self.filter(kind=SearchTally.Kind.PHOTO)


class SearchTally(models.Model):
    """The number of searches of one day for the same words, or by photo, and how many of them were misses."""

    class Kind(models.TextChoices):
        WORDS = "words", _("by words")
        PHOTO = "photo", _("by photo")

    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    words = models.CharField(
        _("words"),
        max_length=MAX_WORDS_LENGTH,
        blank=True,
        help_text=_("Empty for photo searches and for words that are not recorded."),
    )
    searches = models.PositiveIntegerField(_("searches"))
    unanswered = models.PositiveIntegerField(_("without results"))

    objects = SearchTallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("search count")
        verbose_name_plural = _("search counts")
        indexes = [
            models.Index(
                fields=["words", "day"],
                opclasses=["varchar_pattern_ops", "date_ops"],
                include=["searches", "unanswered"],
                condition=Q(kind="words") & ~Q(words=""),
                name="search_tally_suggested",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["day", "kind", "words"], name="search_tally_once_a_day"),
            models.CheckConstraint(name="search_tally_adds_up", condition=Q(unanswered__lte=F("searches"))),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.words or self.kind}: {self.searches}"
