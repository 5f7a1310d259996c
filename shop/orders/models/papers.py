"""Invoices, numbered without a gap."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.orders.models.order import Order


class InvoiceSeries(models.Model):
    """The last number that was given out. Whoever takes the next one holds this row until the invoice is committed."""

    name = models.CharField(primary_key=True, max_length=20)
    last_number = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.last_number}"


class Invoice(models.Model):
    """That an order was invoiced. What it says is in the order's own copies, so the paper can be made at any time."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="invoice")
    number = models.PositiveIntegerField(_("number"), unique=True)
    issued_at = models.DateTimeField(_("issued"))

    class Meta:
        ordering = ["number"]
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")

    def __str__(self) -> str:
        return f"{self.number:06}"
