"""An order: copies of all that was agreed, so that nothing that changes later changes what was agreed."""

from __future__ import annotations

import secrets
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
from shop.orders.states import NEXT, State
from shop.orders.taxes import TaxSum, tax_by_rate
from shop.postal.models import PostalAddress


def new_secret() -> str:
    """The part of an order's address that only its customer knows."""
    return secrets.token_urlsafe(24)


class OrderQuerySet(models.QuerySet["Order"]):
    """Filters that read as sentences."""

    def expired(self, now: datetime) -> Self:
        """Unpaid orders whose time has run out."""
        return self.filter(state=State.PENDING, expires_at__lte=now)

    def paid(self) -> Self:
        """Orders whose money came and that stand. Parcels on invoice leave before that: the state does not tell."""
        received = OrderEvent.objects.filter(order=models.OuterRef("pk"), kind="payment received")
        return self.filter(models.Exists(received), state__in=[State.PAID, State.SHIPPED, State.COMPLETED])

    def sold(self) -> Self:
        """What counts as sold: paid for, or sent on invoice; without what was cancelled since."""
        return self.filter(state__in=[State.PAID, State.SHIPPED, State.COMPLETED])

    def for_page(self) -> Self:
        """With all that the order's page shows."""
        return self.prefetch_related("lines", "addresses", "events", "shipments__lines__order_line")


class Order(models.Model):
    """What somebody bought. Its state changes by `services.change_state` only; payments and refunds are rows of
    their own. `stock` says whether its pieces are set aside, sold or given back, so that none moves twice."""

    class Stock(models.TextChoices):
        RESERVED = "reserved", _("set aside")
        SOLD = "sold", _("sold")
        RELEASED = "released", _("given back")

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
    email = models.EmailField(_("e-mail address"), db_index=True)
    language = models.CharField(max_length=15, blank=True)
    note = models.TextField(_("customer's note"), blank=True, max_length=1000)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    stock = models.CharField(_("stock"), max_length=10, choices=Stock, default=Stock.RESERVED)
    placed_at = models.DateTimeField(_("placed"), db_index=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    currency = models.CharField(max_length=3)
    goods_amount = AmountField(_("goods"))
    discount_amount = AmountField(_("discount"), default=0)
    shipping_amount = AmountField(_("delivery"), default=0)
    shipping_tax_amount = AmountField(_("tax of the delivery"), default=0)
    tax_amount = AmountField(_("tax"), default=0)
    total_amount = AmountField(_("total"))
    tax_name = models.CharField(max_length=40, blank=True)
    shipping_tax_percent = models.DecimalField(max_digits=6, decimal_places=3, default=0, db_column="tax_percent")
    is_tax_included = models.BooleanField(default=True)
    shipping_name = models.CharField(_("delivery by"), max_length=100)
    voucher_code = models.CharField(_("voucher"), max_length=40, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "-pk"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("ship_order", _("Can ship orders, and complete them")),
            ("capture_order", _("Can capture payments")),
            ("refund_order", _("Can give money back")),
            ("cancel_order", _("Can cancel orders")),
            ("view_sales", _("Can read the sales reports")),
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
        """What customers and staff call it."""
        return f"{100_000 + (self.pk or 0)}"

    def may_become(self, state: str) -> bool:
        return state in NEXT[self.state]

    @property
    def taxes(self) -> list[TaxSum]:
        """The tax of lines and delivery by rate; the sums are those of the order."""
        lines = [
            TaxSum(line.tax_percent, line.total_amount - line.tax_amount, line.tax_amount) for line in self.lines.all()
        ]
        net = self.shipping_amount - (self.shipping_tax_amount if self.is_tax_included else 0)
        return tax_by_rate([*lines, TaxSum(self.shipping_tax_percent, net, self.shipping_tax_amount)])

    def quantities(self) -> dict[int, int]:
        """Pieces by variant, without variants that have been deleted since."""
        pieces: dict[int, int] = {}
        for line in self.lines.all():
            if line.variant_id is not None:
                pieces[line.variant_id] = pieces.get(line.variant_id, 0) + line.quantity
        return pieces


class OrderLine(models.Model):
    """So many pieces at the price that was agreed. `discount_amount` and `tax_amount` are of the whole line."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(_("article"), max_length=200)
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
    """What a promotion took off the order, by the name that the customer saw; nothing where it freed the delivery."""

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
        BILLING = "billing", _("invoice")

    order = models.ForeignKey(Order, models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta(PostalAddress.Meta):
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="order_address_once_a_kind")]


LABELS = {
    "placed": _("The order was placed"),
    "payment received": _("The payment arrived"),
    "payment failed": _("A payment did not go through"),
    "payment promised": _("Payment was agreed"),
    "payment released": _("A payment that was agreed is no longer held"),
    "payment flagged": _("A payment is being looked at"),
    "paid": _("Paid"),
    "shipment": _("A parcel was sent"),
    "shipped": _("Everything is on its way"),
    "completed": _("Completed"),
    "cancelled": _("Cancelled"),
    "refund requested": _("Money is on its way back"),
    "refunded": _("Money was given back"),
    "return announced": _("A return was announced"),
    "return received": _("What was sent back has arrived"),
    "return closed": _("A return is done; nothing was paid for it, so no money goes back"),
    "return declined": _("A return was closed without money back"),
    "refund failed": _("Giving money back did not work yet"),
}


class OrderEvent(models.Model):
    """What happened to an order, when, and who did it. Rows are only added."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    message = models.TextField(blank=True)
    who = models.CharField(_("who"), max_length=254)
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"

    @property
    def label(self) -> str:
        """What happened, in a customer's words; who of the staff did it and their remarks stay inside."""
        return str(LABELS.get(self.kind, self.kind))
