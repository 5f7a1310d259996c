"""Pictures that feeds name by their address."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import LineField


class PictureSourceQuerySet(models.QuerySet["PictureSource"]):
    def due(self, now: datetime) -> Self:
        """Sources to fetch now."""
        return self.filter(status=PictureSource.Status.WAITING, next_try_at__lte=now)


class PictureSource(models.Model):
    """The address of a product's picture. `catalog.pictures.sources` fetches it.

    A source that is being fetched is not due until the lease in `next_try_at` ends, whatever becomes of the process.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        FETCHED = "fetched", _("fetched")
        FAILED = "failed", _("failed")

    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="picture_sources")
    url = models.CharField(_("address"), max_length=2000)
    host = models.CharField(max_length=253, editable=False)
    alt = LineField(_("alternative text"), max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    image = models.ForeignKey(
        "catalog.ProductImage", models.SET_NULL, null=True, related_name="sources", verbose_name=_("picture")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"))
    reason = models.TextField(_("reason"), default="", blank=True)
    etag = models.CharField(max_length=200, default="", blank=True)
    last_modified = models.CharField(max_length=100, default="", blank=True)
    fetched_at = models.DateTimeField(_("fetched"), null=True)

    objects = PictureSourceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("picture by address")
        verbose_name_plural = _("pictures by address")
        constraints = [models.UniqueConstraint(fields=["product", "url"], name="picture_source_once")]
        indexes = [
            models.Index(
                fields=["host", "next_try_at", "id"], name="picture_source_due", condition=Q(status="waiting")
            )
        ]

    def __str__(self) -> str:
        return self.url
