"""Product pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import LineField

# `ProductImageQuerySet.shown` in SQL.
SHOWN = "picture.is_public AND NOT picture.is_from_customer"


def upload_url(sha256: str) -> str:
    """Return the URL of a public picture's upload, which stands for it until it has renditions."""
    return reverse("catalog:picture", args=[sha256])


class ProductImageQuerySet(models.QuerySet["ProductImage"]):
    def without_renditions(self, attempts: int) -> Self:
        """Public pictures whose renditions are missing and were tried fewer than `attempts` times."""
        return self.filter(is_public=True, rendition_widths=[], rendition_attempts__lt=attempts)

    def shown(self) -> Self:
        """Pictures of the product that customers may see, without those that customers took."""
        return self.filter(is_public=True, is_from_customer=False)


class ProductImage(models.Model):
    """A picture of a product: the checked upload. `catalog.pictures.services` makes its renditions.

    Customers see renditions of public pictures. Until there are any, `catalog.views.picture` sends the upload.
    """

    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="images")
    # Not an ImageField, which reads the file whenever a row is refreshed.
    file = models.FileField(_("picture"), upload_to="products/")
    alt = LineField(_("alternative text"), max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    width = models.PositiveIntegerField(editable=False, default=0)
    height = models.PositiveIntegerField(editable=False, default=0)
    sha256 = models.CharField(max_length=64, editable=False, db_index=True)
    is_public = models.BooleanField(_("public"), default=True, db_default=True, editable=False)
    is_from_customer = models.BooleanField(_("from a customer"), default=False, db_default=False, editable=False)
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

    @property
    def is_shown(self) -> bool:
        """Return True if customers see it as a picture of the product; the queryset method is `shown`."""
        return self.is_public and not self.is_from_customer

    def rendition_name(self, width: int, extension: str) -> str:
        """Return the storage name, derived from the original's bytes so that caches never go stale."""
        return f"renditions/{self.sha256[:2]}/{self.sha256}-{width}.{extension}"

    def rendition_url(self, width: int, extension: str) -> str:
        return str(default_storage.url(self.rendition_name(width, extension)))

    @property
    def largest_url(self) -> str:
        """The URL of the largest JPEG rendition, or of the upload until there are renditions."""
        return (
            self.rendition_url(self.rendition_widths[-1], "jpg") if self.rendition_widths else upload_url(self.sha256)
        )


def shown_pictures(path: str = "images") -> models.Prefetch[Any]:
    """Return a prefetch of the pictures that customers may see, by the path from the loaded rows."""
    return models.Prefetch(path, ProductImage.objects.shown())
