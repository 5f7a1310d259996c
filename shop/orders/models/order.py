"""Orders. They copy prices, titles and addresses, so that later changes do not alter them."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from shop.money import AmountField
from shop.orders.states import NEXT, EventKind, State
from shop.orders.taxes import TaxSum, tax_by_rate
from shop.postal.models import PostalAddress


def new_secret() -> str:
    """Return the unguessable part of an order's URL."""
    return secrets.token_urlsafe(24)


class OrderQuerySet(models.QuerySet["Order"]):
    def expired(self, now: datetime) -> Self:
        """Unpaid orders past their expiry."""
        return self.filter(state=State.PENDING, expires_at__lte=now)

    def paid(self) -> Self:
        """Paid orders that were not cancelled. Not by state, since invoices may be paid after shipping."""
        received = OrderEvent.objects.filter(order=models.OuterRef("pk"), kind=EventKind.PAYMENT_RECEIVED)
        return self.filter(models.Exists(received), state__in=[State.PAID, State.SHIPPED, State.COMPLETED])

    def sold(self) -> Self:
        """Orders that count as sales: paid, or shipped on invoice, and not cancelled."""
        return self.filter(state__in=[State.PAID, State.SHIPPED, State.COMPLETED])

    def for_page(self) -> Self:
        """Fetch everything that the order page shows."""
        return self.prefetch_related("lines", "addresses", "events", "shipments__lines__order_line")


class Order(models.Model):
    """A customer's order. Only `services.change_state` changes its state, and `fulfilment.order_stock` its stock,
    so that stock never moves twice. Payments and refunds are rows of their own."""

    class Stock(models.TextChoices):
        RESERVED = "reserved", _("reserved")
        SOLD = "sold", _("sold")
        RELEASED = "released", _("released")

    secret = models.CharField(max_length=40, unique=True, default=new_secret, editable=False)
    cart = models.OneToOneField("cart.Cart", models.SET_NULL, null=True, editable=False, related_name="order")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("customer"),
    )
    email = models.EmailField(_("email address"), db_index=True)
    language = models.CharField(max_length=15, blank=True)
    note = models.TextField(_("customer's note"), blank=True, max_length=1000)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    stock = models.CharField(_("stock"), max_length=10, choices=Stock, default=Stock.RESERVED)
    placed_at = models.DateTimeField(_("placed"), db_index=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    currency = models.CharField(max_length=3)
    goods_amount = AmountField(_("items"))
    discount_amount = AmountField(_("discount"), default=0)
    shipping_amount = AmountField(_("delivery"), default=0)
    shipping_tax_amount = AmountField(_("delivery tax"), default=0)
    tax_amount = AmountField(_("tax"), default=0)
    total_amount = AmountField(_("total"))
    tax_name = models.CharField(max_length=40, blank=True)
    shipping_tax_percent = models.DecimalField(max_digits=6, decimal_places=3, default=0, db_column="tax_percent")
    is_tax_included = models.BooleanField(default=True)
    shipping_name = models.CharField(_("delivery method"), max_length=100)
    voucher_code = models.CharField(_("voucher"), max_length=40, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "-pk"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("ship_order", _("Can ship and complete orders")),
            ("capture_order", _("Can capture payments")),
            ("refund_order", _("Can refund orders")),
            ("cancel_order", _("Can cancel orders")),
            ("view_sales", _("Can view sales reports")),
            ("export_order", _("Can export orders")),
        ]
        indexes = [models.Index(fields=["expires_at"], name="order_unpaid", condition=Q(state="pending"))]
        constraints = [
            models.CheckConstraint(
                name="order_adds_up",
                condition=Q(
                    is_tax_included=True,
                    total_amount=F("goods_amount") - F("discount_amount") + F("shipping_amount"),
                )
                | Q(
                    is_tax_included=False,
                    total_amount=F("goods_amount") - F("discount_amount") + F("shipping_amount") + F("tax_amount"),
                ),
            ),
            models.CheckConstraint(name="order_total_not_negative", condition=Q(total_amount__gte=0)),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:show", args=[self.secret])

    @property
    def number(self) -> str:
        """The order number, which customers and staff use."""
        return f"{100_000 + (self.pk or 0)}"

    def may_become(self, state: str) -> bool:
        return state in NEXT[self.state]

    @property
    def taxes(self) -> list[TaxSum]:
        """The tax of lines and delivery, by rate. The amounts sum to `tax_amount`."""
        lines = [
            TaxSum(line.tax_percent, line.total_amount - line.tax_amount, line.tax_amount) for line in self.lines.all()
        ]
        net = self.shipping_amount - (self.shipping_tax_amount if self.is_tax_included else 0)
        return tax_by_rate([*lines, TaxSum(self.shipping_tax_percent, net, self.shipping_tax_amount)])

    def quantities(self, by_line: Mapping[int, int] | None = None) -> dict[int, int]:
        """Return quantities by variant: of the whole order, or of these quantities by line.

        Variants that have been deleted since are left out.
        """
        total: Counter[int] = Counter()
        for line in self.lines.all():
            if line.variant_id is not None:
                total[line.variant_id] += line.quantity if by_line is None else by_line.get(line.pk, 0)
        return dict(total)


class OrderLine(models.Model):
    """A quantity at the agreed price. `discount_amount` and `tax_amount` are for the whole line."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(_("item"), max_length=200)
    options = models.CharField(_("version"), max_length=200, blank=True)
    sku = models.CharField(_("SKU"), max_length=64)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_amount = AmountField(_("price"))
    discount_amount = AmountField(_("discount"), default=0)
    tax_percent = models.DecimalField(
        _("tax per cent"), max_digits=6, decimal_places=3, default=0, db_default=Decimal(0)
    )
    tax_amount = AmountField(_("tax"), default=0)
    total_amount = AmountField(_("total"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.CheckConstraint(name="order_line_quantity", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="order_line_discount",
                condition=Q(discount_amount__gte=0, discount_amount__lte=F("unit_amount") * F("quantity")),
            ),
            models.CheckConstraint(
                name="order_line_adds_up",
                condition=Q(total_amount=F("unit_amount") * F("quantity") - F("discount_amount"))
                | Q(total_amount=F("unit_amount") * F("quantity") - F("discount_amount") + F("tax_amount")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"


class OrderDiscount(models.Model):
    """The discount of a promotion on the order; 0 for free delivery. `name` is the title that the customer saw."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="discounts")
    name = models.CharField(_("promotion"), max_length=100)
    amount = AmountField(_("amount"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        constraints = [models.CheckConstraint(name="order_discount_not_negative", condition=Q(amount__gte=0))]

    def __str__(self) -> str:
        return self.name


class OrderAddress(PostalAddress):
    """The delivery or billing address of an order, copied from what the customer entered or chose."""

    class Kind(models.TextChoices):
        DELIVERY = "delivery", _("delivery")
        BILLING = "billing", _("billing")

    order = models.ForeignKey(Order, models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta(PostalAddress.Meta):
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="order_address_once_a_kind")]


class OrderEvent(models.Model):
    """An event in an order's history. Rows are added, never changed."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40, choices=EventKind)
    message = models.TextField(blank=True)
    who = models.CharField(_("who"), max_length=254)
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
