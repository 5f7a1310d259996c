"""What is charged beside the goods: delivery and tax, by country. Staff edit these rows; orders copy them."""

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
    """Refuse what is no country."""
    if not is_country(code):
        raise ValidationError(_("“%(code)s” is not a country's two letters."), params={"code": code})


class ShippingMethod(models.Model):
    """A way of delivery that customers choose; its rates say where to and for how much."""

    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=200, blank=True)
    is_active = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("shipping method")
        verbose_name_plural = _("shipping methods")

    def __str__(self) -> str:
        return self.name


class ShippingRateQuerySet(models.QuerySet["ShippingRate"]):
    def fitting(self, country: str, weight_grams: int, goods_amount: Decimal) -> Self:
        """Rates of methods on offer for a parcel of that weight and worth to that country, by method."""
        weight = Q(most_grams=None) | Q(most_grams__gte=weight_grams)
        dearest = Q(below_amount=None) | Q(below_amount__gt=goods_amount)
        found = self.filter(weight, dearest, country=country, method__is_active=True, least_grams__lte=weight_grams)
        fitting = found.filter(from_amount__lte=goods_amount).select_related("method")
        return fitting.order_by("method__position", "method_id", "amount", "pk")


class ShippingRate(models.Model):
    """What a method costs in one country, for parcels between two weights, or for goods between two prices."""

    method = models.ForeignKey(ShippingMethod, models.CASCADE, related_name="rates")
    country = models.CharField(_("country"), max_length=2, validators=[validate_country])
    least_grams = models.PositiveIntegerField(_("from grams"), default=0)
    most_grams = models.PositiveIntegerField(_("to grams"), null=True, blank=True)
    from_amount = PriceField(_("for goods from"), default=0, validators=[MinValueValidator(0)], **PLACES)
    below_amount = PriceField(_("for goods below"), null=True, blank=True, **PLACES)
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
                violation_error_message=_("The greater weight is below the smaller one."),
            ),
            models.CheckConstraint(
                name="shipping_rate_prices",
                condition=Q(below_amount=None) | Q(below_amount__gt=F("from_amount")),
                violation_error_message=_("The higher price is not above the lower one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.country}".strip()


class TaxRate(models.Model):
    """The tax of a country by class of goods: standard, reduced, and zero, which is never taxed.

    A country without a row is not taxed at all.
    """

    country = models.CharField(_("country"), max_length=2, unique=True, validators=[validate_country])
    name = models.CharField(_("name"), max_length=40, default="VAT")
    percent = models.DecimalField(
        _("per cent"), max_digits=6, decimal_places=3, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    reduced_percent = models.DecimalField(
        _("reduced per cent"), max_digits=6, decimal_places=3, null=True, blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("For goods of the reduced class; empty where they are taxed as all others."),
    )  # fmt: skip
    is_included = models.BooleanField(
        _("part of the price"), default=True, help_text=_("Else it is added on top of the price.")
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
                violation_error_message=_("The reduced rate is above the standard one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.country}"
