"""What staff and the starter set know about the meaning of words, and the words of the shop."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

MAX_PHRASES_LENGTH = 500
MAX_WORD_LENGTH = 64


class SynonymQuerySet(models.QuerySet["Synonym"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Synonym(models.Model):
    """Words for which a search also looks for other words. Both sides are separated by commas."""

    class Kind(models.TextChoices):
        SAME = "same", _("both ways: they mean the same")
        BROADER = "broader", _("one way: a search for the words also finds the synonyms")
        TRANSLATION = "translation", _("both ways: the words are in another language")

    class Language(models.TextChoices):
        ENGLISH = "en", _("English")
        GERMAN = "de", _("German")
        FRENCH = "fr", _("French")

    words = models.CharField(
        _("words"), max_length=MAX_PHRASES_LENGTH, help_text=_("What customers type. Separate with commas.")
    )
    synonyms = models.CharField(
        _("synonyms"),
        max_length=MAX_PHRASES_LENGTH,
        help_text=_("What the search also looks for. Separate with commas."),
    )
    kind = models.CharField(_("direction"), max_length=11, choices=Kind, default=Kind.SAME)
    language = models.CharField(
        _("language of the words"),
        max_length=2,
        choices=Language,
        blank=True,
        help_text=_("Finds other forms of the words, such as the plural. Leave empty for any language."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    starter_line = models.CharField(
        _("line of the starter set"), max_length=2 * MAX_PHRASES_LENGTH, blank=True, editable=False
    )

    objects = SynonymQuerySet.as_manager()

    class Meta:
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        ordering = ["words", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["starter_line"], condition=~Q(starter_line=""), name="synonym_once_per_starter_line"
            )
        ]

    def __str__(self) -> str:
        arrow = "→" if self.kind == self.Kind.BROADER else "="
        return f"{self.words} {arrow} {self.synonyms}"

    @property
    def is_starter(self) -> bool:
        return bool(self.starter_line)


class StarterLine(models.Model):
    """A line of the starter set that was loaded once. A synonym that staff deleted is not loaded again."""

    line = models.CharField(max_length=2 * MAX_PHRASES_LENGTH, primary_key=True)

    def __str__(self) -> str:
        return self.line


class VocabularyWord(models.Model):
    """A word of the shop's products, and how many of them contain it."""

    word = models.CharField(max_length=MAX_WORD_LENGTH, primary_key=True, db_collation="C")
    stem = models.CharField(max_length=MAX_WORD_LENGTH)
    products = models.PositiveIntegerField()
    named = models.PositiveIntegerField(help_text="Products with the word outside their description.")

    def __str__(self) -> str:
        return self.word


class WordList(models.Model):
    """Hashes of the words of a language, prepared by a task, so that no request unpacks the list."""

    language = models.CharField(max_length=2, primary_key=True)
    version = models.CharField(max_length=40)
    hashes = models.BinaryField()
    logarithms = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.language} {self.version}"


class VocabularyCount(models.Model):
    """The last time that the words were counted. One row at most."""

    counted_at = models.DateTimeField()
    seconds = models.FloatField(help_text="How long it took.")
    products = models.PositiveIntegerField()
    state = models.CharField(max_length=100, help_text="Changes when products change.")

    def __str__(self) -> str:
        return f"{self.products} products, {self.counted_at:%Y-%m-%d %H:%M}"
