"""Variants of products and their stock movements."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import LineField
from catalog.models.options import NOT_AN_OBJECT, HoldsMoreThanTexts, IsObject, OptionsField
from catalog.prices import PriceField


class Variant(models.Model):
    """A version of a product that customers buy, such as a size, with its own SKU, price and stock."""

    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="variants")
    sku = LineField(_("SKU"), max_length=64, unique=True)
    barcode = LineField(
        _("barcode"), max_length=32, blank=True, default="", db_default="", help_text=_("The GTIN: EAN, UPC or ISBN.")
    )
    options = OptionsField(_("options"), default=dict, blank=True, help_text=_('For example {"size": "large"}.'))
    price_amount = PriceField(_("price"), validators=[MinValueValidator(0)])
    compare_at_amount = PriceField(
        _("regular price"), null=True, blank=True, help_text=_("A higher price, shown crossed out.")
    )
    on_hand = models.PositiveIntegerField(_("on hand"), default=0)
    reserved = models.PositiveIntegerField(_("reserved"), default=0, editable=False)
    weight_grams = models.PositiveIntegerField(_("weight in grams"), default=0, db_default=0)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [
            models.CheckConstraint(name="variant_price_not_negative", condition=Q(price_amount__gte=0)),
            models.CheckConstraint(
                name="variant_regular_price_is_higher",
                condition=Q(compare_at_amount__isnull=True) | Q(compare_at_amount__gt=F("price_amount")),
                violation_error_message=_("The regular price must be higher than the price."),
            ),
            models.CheckConstraint(name="variant_reserved_is_on_hand", condition=Q(reserved__lte=F("on_hand"))),
            models.CheckConstraint(
                name="variant_options_are_texts",
                condition=Q(IsObject("options")) & ~Q(HoldsMoreThanTexts("options")),
                violation_error_message=NOT_AN_OBJECT,
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def available(self) -> int:
        """The number of units that can be sold."""
        return self.on_hand - self.reserved

    @property
    def label(self) -> str:
        """The option values, such as "large, blue"."""
        return ", ".join(self.options.values())


class StockMovement(models.Model):
    """A change to a variant's stock or reserved units. Written by `catalog.stock` and never changed.

    The movements of a variant add up to its current stock and reserved units.
    """

    class Kind(models.TextChoices):
        RESERVE = "reserve", _("reserved for an order")
        RELEASE = "release", _("released by an order")
        CONSUME = "consume", _("sold")
        RECEIVE = "receive", _("received from a supplier")
        RESTOCK = "restock", _("returned to stock")
        CORRECT = "correct", _("stock corrected")

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="movements")
    kind = models.CharField(_("reason"), max_length=10, choices=Kind)
    on_hand_change = models.IntegerField(_("on hand"), default=0)
    reserved_change = models.IntegerField(_("reserved"), default=0)
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    who = models.CharField(_("changed by"), max_length=254)
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand_change:+}/{self.reserved_change:+}"
