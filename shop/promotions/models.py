"""What makes things cheaper: promotions that come by themselves, and those that a voucher's code opens."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from catalog.dates import BoundedDateTimeField, within_bounds
from catalog.models import Category
from catalog.models.fields import LineField
from shop.money import AmountField, PriceField, validate_amount
from shop.orders.models import Order


class PromotionQuerySet(models.QuerySet["Promotion"]):
    """Filters that read as sentences."""

    def running(self, now: datetime) -> Self:
        begun = Q(starts_at=None) | Q(starts_at__lte=now)
        return self.filter(begun, Q(ends_at=None) | Q(ends_at__gt=now), is_active=True)

    def automatic(self) -> Self:
        return self.filter(is_automatic=True)


class Promotion(models.Model):
    """One way in which goods or their delivery become cheaper."""

    class Kind(models.TextChoices):
        PERCENTAGE = "percentage", _("per cent off")
        FIXED = "fixed", _("an amount off")
        FREE_SHIPPING = "free_shipping", _("free delivery")
        BUY_X_GET_Y = "buy_x_get_y", _("buy some, get some")

    name = LineField(_("name"), max_length=100, help_text=_("Customers see it beside the discount."))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    is_active = models.BooleanField(_("active"), default=True)
    is_automatic = models.BooleanField(_("comes by itself"), default=False, help_text=_("Else a voucher opens it."))
    value = AmountField(
        _("per cent or amount"), default=0, validators=[MinValueValidator(Decimal(0))],
        help_text=_("What is taken off; unused for free delivery and for buy some, get some."),
    )  # fmt: skip
    buy_quantity = models.PositiveIntegerField(_("buy"), default=0)
    get_quantity = models.PositiveIntegerField(_("get free"), default=0, help_text=_("The cheapest ones."))
    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("only for goods of"),
    )  # fmt: skip
    minimum_amount = PriceField(
        _("for goods worth at least"), default=0, max_digits=14, decimal_places=3,
        validators=[MinValueValidator(Decimal(0))],
    )  # fmt: skip
    starts_at = BoundedDateTimeField(_("from"))
    ends_at = BoundedDateTimeField(_("until"))

    objects = PromotionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        constraints = [
            within_bounds("promotion", "starts_at"),
            within_bounds("promotion", "ends_at"),
            models.CheckConstraint(
                name="promotion_value",
                condition=Q(value__gte=0) & (~Q(kind="percentage") | Q(value__lte=100)),
                violation_error_message=_("A discount lies between 0 and 100 per cent."),
            ),
            models.CheckConstraint(
                name="promotion_buy_some_get_some",
                condition=~Q(kind="buy_x_get_y") | Q(buy_quantity__gte=1, get_quantity__gte=1),
                violation_error_message=_("Say how many are bought and how many of them are free."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an amount off that is finer than the currency; per cent may be as fine as they like."""
        if self.kind == self.Kind.FIXED and self.value is not None:
            try:
                validate_amount(self.value)
            except ValidationError as error:
                raise ValidationError({"value": error}) from error

    def is_running(self, now: datetime) -> bool:
        """Whether it counts now (`PromotionQuerySet.running` asks the same of many)."""
        begun = self.starts_at is None or self.starts_at <= now
        return self.is_active and begun and (self.ends_at is None or self.ends_at > now)


class Voucher(models.Model):
    """A code that opens a promotion, so many times in all and for each customer."""

    code = LineField(_("code"), max_length=40, unique=True)
    promotion = models.ForeignKey(Promotion, models.CASCADE, related_name="vouchers", verbose_name=_("promotion"))
    limit_total = models.PositiveIntegerField(_("times in all"), null=True, blank=True)
    limit_per_customer = models.PositiveIntegerField(_("times for each customer"), null=True, blank=True)
    used_count = models.PositiveIntegerField(_("used"), default=0, editable=False)

    class Meta:
        ordering = ["code"]
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = [
            models.CheckConstraint(
                name="voucher_within_limit", condition=Q(limit_total=None) | Q(used_count__lte=F("limit_total"))
            ),
            models.CheckConstraint(name="voucher_code_upper_case", condition=Q(code=Upper("code"))),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        self.code = self.code.strip().upper()


class Redemption(models.Model):
    """That an order used a voucher. An order that is never paid gives it back, and the row goes."""

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="redemptions")
    order = models.OneToOneField(Order, models.CASCADE, related_name="redemption")
    email = models.EmailField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["voucher", "email"], name="redemption_by_customer")]

    def __str__(self) -> str:
        return f"{self.voucher} in order {self.order.number}"
