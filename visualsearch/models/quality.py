"""Checks of the shop's photo search, and comparisons of networks that staff ask for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Product, ProductImage
from visualsearch.models.network import Network


class QualityCheck(models.Model):
    """One measuring of the shop's photo search by one network. Tasks work through a sample of products, in slices.

    `done` of `total` products have been tried, which took `seconds`. Only one check of a network runs at a time.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="checks", verbose_name=_("network"))
    author = models.CharField(_("by"), max_length=150, blank=True)
    asked_at = models.DateTimeField(_("asked for"), db_index=True)
    active_at = models.DateTimeField(_("last active"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    total = models.PositiveIntegerField(_("products"), default=0)
    done = models.PositiveIntegerField(_("products tried"), default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        verbose_name = _("quality check")
        verbose_name_plural = _("quality checks")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["network"], name="quality_check_one_at_a_time", condition=Q(finished_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"check of network {self.network_id}, {self.done} of {self.total} products"


class QualityKind(models.TextChoices):
    """What a check tries with each product, see `quality.trials`."""

    RETAKEN = "retaken", _("taken again")
    OTHER_PICTURE = "other", _("by another picture")
    FIRST_ONLY = "first", _("second side, with the first picture alone")
    BOTH = "both", _("second side, with both pictures")
    INDEX = "index", _("index against exact search")


class QualityTrial(models.Model):
    """One search of a check. `score` is 1 if the product came first, or the share of neighbours that the index found.

    `found` is the best picture of other products. `lead` is how much more alike the product's own pictures are.
    Trials of earlier checks are deleted; their `QualityResult` stays. Deleting a product or a picture leaves trials
    without it, which nothing shows: a deletion must not ask about measurements.
    """

    check_run = models.ForeignKey(QualityCheck, models.CASCADE, related_name="trials")
    kind = models.CharField(max_length=10, choices=QualityKind.choices)
    product = models.ForeignKey(Product, models.DO_NOTHING, related_name="+", db_constraint=False)
    image = models.ForeignKey(ProductImage, models.DO_NOTHING, related_name="+", db_constraint=False)
    found = models.ForeignKey(ProductImage, models.DO_NOTHING, related_name="+", null=True, db_constraint=False)
    score = models.FloatField()
    lead = models.FloatField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["check_run", "kind", "product"], name="quality_trial_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of product {self.product_id}: {self.score}"


class QualityResult(models.Model):
    """The sum of the scores of a finished check's trials of one kind, in one category or, without one, in all."""

    check_run = models.ForeignKey(QualityCheck, models.CASCADE, related_name="results")
    kind = models.CharField(max_length=10, choices=QualityKind.choices)
    category = models.ForeignKey(Category, models.DO_NOTHING, related_name="+", null=True, db_constraint=False)
    trials = models.PositiveIntegerField()
    score = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["check_run", "kind", "category"], name="quality_result_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} in category {self.category_id}: {self.score} of {self.trials}"

    @property
    def share(self) -> float:
        return self.score / self.trials


class NetworkComparison(models.Model):
    """A comparison of a network with the live one that staff asked for. `figures` are the measures; see `swap`."""

    old = models.ForeignKey(Network, models.CASCADE, related_name="+", verbose_name=_("live network"))
    new = models.ForeignKey(Network, models.CASCADE, related_name="comparisons", verbose_name=_("network"))
    author = models.CharField(_("by"), max_length=150, blank=True)
    asked_at = models.DateTimeField(_("asked for"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    figures = models.JSONField(_("figures"), default=list)
    error = models.TextField(_("error"), default="", blank=True)

    class Meta:
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["new"], name="network_comparison_one_at_a_time", condition=Q(finished_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"network {self.new_id} compared with {self.old_id}"
