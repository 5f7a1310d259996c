"""What the verdicts of photo searches are calibrated with."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from visualsearch.models.network import Network


class Calibration(models.Model):
    """How likely it is that the shop sells what a photo shows, by what the network finds; see `calibration`.

    `bias` and `weights` are of a `measuring.logistic.Curve`. From the probability `match_from` on, the verdict is a
    match; below `none_below`, it is that the shop does not sell the item. `verdicts` counts match, unsure, no match,
    and `bins` the searches in ten steps of probability: first for products of the shop, then for other things.
    """

    network = models.OneToOneField(
        Network, models.CASCADE, related_name="calibration", verbose_name=_("network"), primary_key=True
    )
    bias = models.FloatField()
    weights = models.JSONField()
    none_below = models.FloatField(_("not sold below"))
    match_from = models.FloatField(_("match from"))
    bins = models.JSONField()
    verdicts = models.JSONField()
    pictures = models.PositiveIntegerField(_("pictures in the shop"))
    calibrated_at = models.DateTimeField(_("calibrated"))

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")

    def __str__(self) -> str:
        return f"calibration of network {self.network_id}"
