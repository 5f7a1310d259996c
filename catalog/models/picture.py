"""Product pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import default_storage
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import LineField


class ProductImageQuerySet(models.QuerySet["ProductImage"]):
    def without_renditions(self, attempts: int) -> Self:
        """Pictures whose renditions are missing and were tried fewer than `attempts` times."""
        return self.filter(rendition_widths=[], rendition_attempts__lt=attempts)


class ProductImage(models.Model):
    """A picture of a product: the checked upload. `catalog.pictures.services` makes its renditions."""

    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="images")
    # Not an ImageField, which reads the file whenever a row is refreshed.
    file = models.FileField(_("picture"), upload_to="products/")
    alt = LineField(_("alternative text"), max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    width = models.PositiveIntegerField(editable=False, default=0)
    height = models.PositiveIntegerField(editable=False, default=0)
    sha256 = models.CharField(max_length=64, editable=False, db_index=True)
    rendition_widths: models.Field[Sequence[int], list[int]] = ArrayField(
        models.PositiveIntegerField(), default=list, blank=True, editable=False
    )
    rendition_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    rendition_error = models.TextField(default="", blank=True, editable=False)

    replaced_sha256 = ""  # the previous file, until the row is saved; see `attach_picture`

    objects = ProductImageQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.alt or str(self.file)

    def rendition_name(self, width: int, extension: str) -> str:
        """Return the storage name, derived from the original's bytes so that caches never go stale."""
        return f"renditions/{self.sha256[:2]}/{self.sha256}-{width}.{extension}"

    def rendition_url(self, width: int, extension: str) -> str:
        return str(default_storage.url(self.rendition_name(width, extension)))
