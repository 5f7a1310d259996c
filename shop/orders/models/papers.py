"""Invoices, numbered without gaps."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.orders.models.order import Order


class InvoiceSeries(models.Model):
    """The last invoice number. Taking the next one locks this row until the invoice is committed."""

    name = models.CharField(primary_key=True, max_length=20)
    last_number = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.last_number}"


class Invoice(models.Model):
    """The invoice of an order. Its PDF is drawn from the order whenever it is needed."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="invoice")
    number = models.PositiveIntegerField(_("number"), unique=True)
    issued_at = models.DateTimeField(_("issued"))

    class Meta:
        ordering = ["number"]
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")

    def __str__(self) -> str:
        return f"{self.number:06}"
