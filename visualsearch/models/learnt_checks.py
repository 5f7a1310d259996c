"""What two checks of pictures learn from the shop: where pictures belong, and what staff refuse."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from visualsearch.models.network import Network


class PlaceLevels(models.Model):
    """How far pictures of this shop disagree with their own categories; see `moderation.place`.

    `levels` are quantiles of the disagreement, lowest first. `found` is the share of pictures in a category drawn at
    random that would need a look.
    """

    network = models.OneToOneField(Network, models.CASCADE, related_name="place_levels", primary_key=True)
    levels = models.JSONField()
    found = models.FloatField(_("found of those moved at random"))
    pictures = models.PositiveIntegerField(_("pictures in the shop"))
    measured_at = models.DateTimeField(_("measured"))

    class Meta:
        verbose_name = _("disagreement with categories")
        verbose_name_plural = _("disagreement with categories")

    def __str__(self) -> str:
        return f"places by network {self.network_id}"


class RuleHead(models.Model):
    """What the shop forbids, learnt from decisions by staff; see `moderation.rule`.

    `examples` are [sha256, was refused, value when it was held out, reason], and `vectors` and `weights` have a row
    for each: little-endian numbers of 2 and 4 bytes. `slope` and `offset` turn a value into a probability.
    `log_entries` is the length of the log of decisions when the head was last fitted, whether or not it was used;
    `figures` compares it with the head before.
    """

    network = models.OneToOneField(Network, models.CASCADE, related_name="rule_head", primary_key=True)
    examples = models.JSONField(default=list)
    vectors = models.BinaryField(default=bytes)
    weights = models.BinaryField(default=bytes)
    bias = models.FloatField(default=0.0)
    slope = models.FloatField(default=0.0)
    offset = models.FloatField(default=0.0)
    refused = models.PositiveIntegerField(_("refused pictures"), default=0)
    average_precision = models.FloatField(_("average precision, held out"), default=0.0)
    is_sure = models.BooleanField(_("in use"), default=False)
    figures = models.JSONField(default=dict)
    log_entries = models.PositiveIntegerField(default=0)
    fitted_at = models.DateTimeField(_("fitted"))

    class Meta:
        verbose_name = _("rule of this shop")
        verbose_name_plural = _("rules of this shop")

    def __str__(self) -> str:
        return f"rule by network {self.network_id}"
