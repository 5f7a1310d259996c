"""Payments and refunds."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from shop.money import ZERO, AmountField
from shop.orders.models import Order, OrderLine, Return


class PaymentQuerySet(models.QuerySet["Payment"]):
    def flagged(self) -> Self:
        """Payments that staff must check."""
        return self.exclude(flag="")


class Payment(models.Model):
    """One attempt to pay an order. `key` is its idempotency key at the provider."""

    class Status(models.TextChoices):
        CREATED = "created", _("not started")
        STARTED = "started", _("waiting for the provider")
        AUTHORISED = "authorised", _("authorised")
        CAPTURED = "captured", _("paid")
        RELEASING = "releasing", _("being voided")
        FAILED = "failed", _("failed")

    BEGUN = (Status.CREATED, Status.STARTED, Status.AUTHORISED)

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    gateway = models.CharField(_("gateway"), max_length=20)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    amount = AmountField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.CREATED)
    details = models.JSONField(
        default=dict, blank=True, help_text=_("Values that the gateway needs to start the payment.")
    )
    next_url = models.URLField(max_length=2000, blank=True)
    error = models.TextField(_("error"), blank=True)
    flag = models.TextField(_("needs attention"), blank=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"), db_index=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(name="payment_not_negative", condition=Q(amount__gte=0)),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["created", "started", "authorised"]),
                name="payment_one_begun_an_order",
            ),
            models.UniqueConstraint(
                fields=["gateway", "reference"], condition=~Q(reference=""), name="payment_reference_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.amount} {self.currency}"

    @property
    def refunded_amount(self) -> Decimal:
        """The sum of all refunds but failed ones."""
        refunds = self.refunds.exclude(status=Refund.Status.FAILED)
        return refunds.aggregate(sum=Sum("amount"))["sum"] or ZERO

    @property
    def refundable_amount(self) -> Decimal:
        """The amount that can still be refunded."""
        return self.amount - self.refunded_amount if self.status == self.Status.CAPTURED else ZERO


class Refund(models.Model):
    """A refund of a payment. The row is committed before the provider is called."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("requested")
        DONE = "done", _("refunded")
        FAILED = "failed", _("failed")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    amount = AmountField(_("amount"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.REQUESTED)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    restocks = models.BooleanField(_("restock"), default=False)
    of_return = models.ForeignKey(
        Return, models.PROTECT, null=True, blank=True, related_name="refunds", db_index=False, verbose_name=_("return")
    )
    error = models.TextField(_("error"), blank=True)
    who = models.CharField(_("requested by"), max_length=254)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"), db_index=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(name="refund_above_nothing", condition=Q(amount__gt=0)),
            models.UniqueConstraint(fields=["of_return"], condition=~Q(status="failed"), name="refund_once_a_return"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.payment.currency}"


class RefundLine(models.Model):
    """The quantity of an order line that a refund covers, and its share of the amount."""

    refund = models.ForeignKey(Refund, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="refunded")
    quantity = models.PositiveIntegerField(_("quantity"))
    amount = AmountField(_("amount"))

    class Meta:
        constraints = [
            models.CheckConstraint(name="refund_line_quantity", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="refund_line_amount", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line_id}"


class TestCharge(models.Model):
    """The ledger of the simulated bank behind the test gateway. Only the gateway reads it."""

    __test__ = False  # not a test class for pytest

    key = models.CharField(max_length=40, unique=True)
    amount = AmountField()
    currency = models.CharField(max_length=3)
    scenario = models.CharField(max_length=20)
    status = models.CharField(max_length=12)
    refunded_amount = AmountField(default=0)
    refund_keys = models.JSONField(default=dict, blank=True)
    webhooks_due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="test_charge_refunds", condition=Q(refunded_amount__lte=F("amount")))
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.amount} {self.currency}"
