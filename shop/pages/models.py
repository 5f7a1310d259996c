"""Pages of text, such as the imprint and the terms."""

from __future__ import annotations

import re
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import LineField, LinesField
from catalog.text.slugs import SlugField

MAX_TEXT_LENGTH = 60_000
GAP = re.compile(r"\[[^\[\]\n]{1,200}\]")  # a part of a draft to fill in


class PageQuerySet(models.QuerySet["Page"]):
    def public(self) -> Self:
        """Pages that visitors can read."""
        return self.filter(is_published=True)


class Page(models.Model):
    """A page of text that the owner writes. Visitors can read it once it is published."""

    class Kind(models.TextChoices):
        IMPRINT = "imprint", _("imprint")
        TERMS = "terms", _("terms and conditions")
        PRIVACY = "privacy", _("privacy")
        DELIVERY = "delivery", _("delivery")
        WITHDRAWAL = "withdrawal", _("returns and right of withdrawal")
        CONTACT = "contact", _("contact, with a form")
        ABOUT = "about", _("about us")
        OTHER = "other", _("another page")

    class Menu(models.TextChoices):
        FOOTER = "footer", _("footer")
        HEADER = "header", _("header and footer")
        NONE = "none", _("no menu")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.OTHER)
    title = LineField(_("title"), max_length=80)
    slug = SlugField(
        _("slug"), source="title", max_length=80, unique=True, help_text=_("The end of the page's address.")
    )
    text = LinesField(
        _("text"), max_length=MAX_TEXT_LENGTH, blank=True,
        help_text=_(
            "Separate paragraphs with an empty line. A line that begins with # is a heading, with ## a smaller one, "
            "with - or 1. an item of a list. {name}, {address}, {email}, {phone} and {tax number} show your settings."
        ),
    )  # fmt: skip
    is_published = models.BooleanField(_("published"), default=False)
    menu = models.CharField(_("menu"), max_length=6, choices=Menu, default=Menu.FOOTER)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("page of text")
        verbose_name_plural = _("pages of text")
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=~Q(kind="other"), name="page_once_a_kind",
                violation_error_message=_("There is a page of this kind already. Edit that one."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        if self.kind == self.Kind.CONTACT:
            return reverse("pages:contact")
        return reverse("pages:page", args=[self.slug])

    def clean(self) -> None:
        """Refuse to publish a page with gaps."""
        if self.is_published and self.gaps:
            sentence = _("Before you publish the page, fill in or delete what is in square brackets: %(gaps)s.")
            raise ValidationError(
                {"text": ValidationError(sentence, params={"gaps": ", ".join(self.gaps[:5])}, code="gaps")}
            )

    @property
    def gaps(self) -> list[str]:
        """The parts of a draft that are still to be filled in."""
        return list(dict.fromkeys(GAP.findall(self.text)))
