"""Promotions, automatic or by voucher, and the uses of vouchers."""

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
    def running(self, now: datetime) -> Self:
        begun = Q(starts_at=None) | Q(starts_at__lte=now)
        return self.filter(begun, Q(ends_at=None) | Q(ends_at__gt=now), is_active=True)

    def automatic(self) -> Self:
        return self.filter(is_automatic=True)


class Promotion(models.Model):
    """A discount on items or delivery."""

    class Kind(models.TextChoices):
        PERCENTAGE = "percentage", _("percentage")
        FIXED = "fixed", _("fixed amount")
        FREE_SHIPPING = "free_shipping", _("free delivery")
        BUY_X_GET_Y = "buy_x_get_y", _("buy some, get some free")

    name = LineField(_("name"), max_length=100, help_text=_("Shown to customers beside the discount."))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    is_active = models.BooleanField(_("active"), default=True)
    is_automatic = models.BooleanField(_("automatic"), default=False, help_text=_("If not, it needs a voucher."))
    value = AmountField(
        _("value"), default=0, validators=[MinValueValidator(Decimal(0))],
        help_text=_("Per cent or amount to take off. Not used for free delivery and free items."),
    )  # fmt: skip
    buy_quantity = models.PositiveIntegerField(_("buy"), default=0)
    get_quantity = models.PositiveIntegerField(_("get free"), default=0, help_text=_("The cheapest items."))
    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("only for category"),
    )  # fmt: skip
    minimum_amount = PriceField(
        _("minimum order value"), default=0, max_digits=14, decimal_places=3,
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
                violation_error_message=_("Enter a value of at least 0; a percentage can be at most 100."),
            ),
            models.CheckConstraint(
                name="promotion_buy_some_get_some",
                condition=~Q(kind="buy_x_get_y") | Q(buy_quantity__gte=1, get_quantity__gte=1),
                violation_error_message=_("Enter how many to buy and how many are free."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Reject a fixed amount with more decimals than the currency has."""
        if self.kind == self.Kind.FIXED and self.value is not None:
            try:
                validate_amount(self.value)
            except ValidationError as error:
                raise ValidationError({"value": error}) from error

    def is_running(self, now: datetime) -> bool:
        """Return True if the promotion applies now. `PromotionQuerySet.running` filters by the same rule."""
        begun = self.starts_at is None or self.starts_at <= now
        return self.is_active and begun and (self.ends_at is None or self.ends_at > now)


class Voucher(models.Model):
    """A code for a promotion, with limits for all uses and for each customer."""

    code = LineField(_("code"), max_length=40, unique=True)
    promotion = models.ForeignKey(Promotion, models.CASCADE, related_name="vouchers", verbose_name=_("promotion"))
    limit_total = models.PositiveIntegerField(_("limit in total"), null=True, blank=True)
    limit_per_customer = models.PositiveIntegerField(_("limit per customer"), null=True, blank=True)
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
    """A use of a voucher by an order. Deleted when the order is cancelled."""

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="redemptions")
    order = models.OneToOneField(Order, models.CASCADE, related_name="redemption")
    email = models.EmailField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["voucher", "email"], name="redemption_by_customer")]

    def __str__(self) -> str:
        return f"{self.voucher} in order {self.order.number}"
