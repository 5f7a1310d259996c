"""Delivery charges and tax rates by country. Staff edit them; orders copy them."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.money import PriceField
from shop.postal.countries import is_country

PLACES: dict[str, int] = {"max_digits": 14, "decimal_places": 3}


def validate_country(code: str) -> None:
    """Raise ValidationError unless this is a country code."""
    if not is_country(code):
        raise ValidationError(
            _("“%(code)s” is not a country code. Enter two letters, such as DE."), params={"code": code}
        )


class ShippingMethod(models.Model):
    """A delivery method. Its rates say where it delivers, and for how much."""

    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("shipping method")
        verbose_name_plural = _("shipping methods")

    def __str__(self) -> str:
        return self.name


class ShippingRateQuerySet(models.QuerySet["ShippingRate"]):
    def cheapest(self, country: str, weight_grams: int, goods_amount: Decimal) -> Self:
        """The cheapest rate of each active method for a parcel of this weight and value to the country."""
        weight = Q(most_grams=None) | Q(most_grams__gte=weight_grams)
        value = Q(below_amount=None) | Q(below_amount__gt=goods_amount)
        fitting = self.filter(
            weight, value, country=country, method__is_active=True, least_grams__lte=weight_grams,
            from_amount__lte=goods_amount,
        )  # fmt: skip
        by_method = fitting.select_related("method").order_by("method__position", "method_id", "amount", "pk")
        return by_method.distinct("method__position", "method_id")


class ShippingRate(models.Model):
    """A method's price in one country, for a range of weights and of order values."""

    method = models.ForeignKey(ShippingMethod, models.CASCADE, related_name="rates")
    country = models.CharField(_("country"), max_length=2, validators=[validate_country])
    least_grams = models.PositiveIntegerField(_("from weight (g)"), default=0)
    most_grams = models.PositiveIntegerField(_("to weight (g)"), null=True, blank=True)
    from_amount = PriceField(_("from order value"), default=0, validators=[MinValueValidator(0)], **PLACES)
    below_amount = PriceField(_("below order value"), null=True, blank=True, **PLACES)
    amount = PriceField(_("price"), validators=[MinValueValidator(0)], **PLACES)

    objects = ShippingRateQuerySet.as_manager()

    class Meta:
        ordering = ["method", "country", "least_grams", "from_amount"]
        verbose_name = _("shipping rate")
        verbose_name_plural = _("shipping rates")
        constraints = [
            models.CheckConstraint(name="shipping_rate_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="shipping_rate_weights",
                condition=Q(most_grams=None) | Q(most_grams__gte=F("least_grams")),
                violation_error_message=_(
                    "The upper weight is below the lower one. Swap them or leave the upper one empty."
                ),
            ),
            models.CheckConstraint(
                name="shipping_rate_prices",
                condition=Q(below_amount=None) | Q(below_amount__gt=F("from_amount")),
                violation_error_message=_(
                    "The upper order value must be above the lower one. Raise it or leave it empty."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.country}".strip()


class TaxRate(models.Model):
    """A country's tax rates: standard and reduced. The class zero is never taxed, nor is a country without a row."""

    country = models.CharField(_("country"), max_length=2, unique=True, validators=[validate_country])
    name = models.CharField(_("name"), max_length=40, default="VAT")
    percent = models.DecimalField(
        _("standard rate (%)"),
        max_digits=6,
        decimal_places=3,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    reduced_percent = models.DecimalField(
        _("reduced rate (%)"), max_digits=6, decimal_places=3, null=True, blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Leave empty if the country has no reduced rate."),
    )  # fmt: skip
    is_included = models.BooleanField(
        _("included in prices"), default=True, help_text=_("If not, it is added to them.")
    )

    class Meta:
        ordering = ["country"]
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.CheckConstraint(name="tax_percent_range", condition=Q(percent__gte=0, percent__lte=100)),
            models.CheckConstraint(
                name="tax_reduced_percent_range",
                condition=Q(reduced_percent=None) | Q(reduced_percent__gte=0, reduced_percent__lte=F("percent")),
                violation_error_message=_("The reduced rate is above the standard one. Lower it or leave it empty."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.country}"
