"""Imports that staff start in the admin: the file, how it was understood, and what it changed."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class FeedImport(models.Model):
    """An import of one file: read first, and written once staff have seen what it would do."""

    class Status(models.TextChoices):
        READING = "reading", _("being read")
        READY = "ready", _("ready to import")
        RUNNING = "running", _("being imported")
        DONE = "done", _("imported")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("failed")

    class Source(models.TextChoices):
        AUTO = "auto", _("find out")
        OWN = "semblance", "Semblance"
        SHOPIFY = "shopify", "Shopify"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        MAGENTO = "magento", "Magento"
        GOOGLE = "google", "Google Merchant"

    file = models.FileField(_("file"), upload_to="feeds/%Y/%m/", help_text=_("CSV, TSV or XML in UTF-8."))
    name = models.CharField(_("file"), max_length=200, editable=False)
    source = models.CharField(_("comes from"), max_length=20, choices=Source, default=Source.AUTO)
    picture_base = models.CharField(
        _("address of the pictures"),
        max_length=500,
        blank=True,
        help_text=_("If the file names pictures without an address: what their names follow, such as "
                    "https://old.example/media/catalog/product."),
    )  # fmt: skip
    stock_if_new = models.PositiveIntegerField(
        _("units in stock"),
        default=0,
        validators=[MaxValueValidator(1_000_000)],
        help_text=_("For new variants that the file calls in stock without a number."),
    )
    who = models.CharField(_("started by"), max_length=254, editable=False)
    created_at = models.DateTimeField(_("uploaded"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.READING, editable=False)
    label = models.CharField(_("format"), max_length=50, default="", editable=False)
    columns = models.JSONField(default=list, editable=False)
    preview = models.JSONField(default=list, editable=False)
    counts: models.Field[dict[str, int], dict[str, int]] = models.JSONField(default=dict, editable=False)
    products = models.PositiveIntegerField(_("products"), default=0, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    worked_at = models.DateTimeField(null=True, editable=False)  # by the task that holds it
    finished_at = models.DateTimeField(null=True, editable=False)
    error = models.TextField(default="", editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.name

    @property
    def is_working(self) -> bool:
        return self.status in (self.Status.READING, self.Status.RUNNING, self.Status.UNDOING)


class FeedProblem(models.Model):
    """What an import has to say of a line."""

    feed_import = models.ForeignKey(FeedImport, models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    reason = models.TextField()
    is_warning = models.BooleanField()

    class Meta:
        ordering = ["is_warning", "line", "pk"]

    def __str__(self) -> str:
        return self.reason


class FeedChange(models.Model):
    """A product that an import created or changed, before and after, so that it can be undone."""

    feed_import = models.ForeignKey(FeedImport, models.CASCADE, related_name="changes")
    product_key = models.BigIntegerField()
    title = models.CharField(max_length=200)
    before: models.Field[Any, Any] = models.JSONField(null=True)  # None: the import created the product
    after: models.Field[Any, Any] = models.JSONField()
    is_undone = models.BooleanField(default=False)
    kept = models.TextField(default="")  # why it was not undone, or not all of it

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title
