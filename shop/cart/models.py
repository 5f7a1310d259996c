"""Carts. They reserve no stock, and their stored prices only serve to report price changes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant, shown_pictures
from shop.accounts.models import Customer
from shop.money import AmountField

LARGEST_QUANTITY = 999


def new_token() -> str:
    """Return a random token for a guest's cart."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Problem:
    """The reason why a line cannot be ordered: a code for programs, and a message that says what to do."""

    code: str
    message: str


class CartQuerySet(models.QuerySet["Cart"]):
    def open(self) -> Self:
        """Carts that have not been ordered."""
        return self.filter(ordered_at=None)

    def of(self, customer: Customer | None, token: str) -> Self:
        """Carts of the customer, or of the guest with this token."""
        if customer is not None:
            return self.filter(customer=customer)
        return self.filter(customer=None, token=token) if token else self.none()

    def with_item_count(self) -> Self:
        """Add the sum of all quantities, as `item_count`."""
        return self.annotate(item_count=Coalesce(models.Sum("lines__quantity"), 0))


class Cart(models.Model):
    """A signed cookie holds the token of a guest's cart. A customer has at most one open cart."""

    item_count: int  # set by `with_item_count`

    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="carts",
        verbose_name=_("customer"),
    )
    country = models.CharField(_("country"), max_length=2, blank=True)
    voucher_code = models.CharField(_("voucher"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("created"), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_index=True)
    ordered_at = models.DateTimeField(_("ordered"), null=True, blank=True)

    objects = CartQuerySet.as_manager()

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(ordered_at=None), name="cart_one_open_a_customer")
        ]

    def __str__(self) -> str:
        return f"cart {self.pk}"


class CartLineQuerySet(models.QuerySet["CartLine"]):
    def for_page(self) -> Self:
        """Fetch everything that a page shows about a line, in two queries."""
        shown = self.select_related("variant__product__category").prefetch_related(
            shown_pictures("variant__product__images")
        )
        return shown.defer(
            *(f"variant__product__{name}" for name in ("description", "skus", "keywords", "search_vector"))
        )


class CartLine(models.Model):
    """A quantity of one variant, with the title and price that the customer last saw."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=320)
    price_amount = AmountField()
    quantity = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(LARGEST_QUANTITY)])

    objects = CartLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once_a_variant"),
            models.CheckConstraint(
                name="cart_line_quantity", condition=Q(quantity__gte=1, quantity__lte=LARGEST_QUANTITY)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    def problem(self, now: datetime) -> Problem | None:
        """Return why this line cannot be ordered, or None."""
        title = {"title": self.title}
        if self.variant is None or not self.variant.product.is_visible(now):
            return Problem("gone", gettext("%(title)s is no longer sold. Remove it to continue.") % title)
        left = self.variant.available
        if left < 1:
            return Problem("sold_out", gettext("%(title)s is sold out. Remove it to continue.") % title)
        if left < self.quantity:
            message = gettext("Only %(left)d left of %(title)s. Reduce the quantity to continue.")
            return Problem("too_few", message % {**title, "left": left})
        return None

    @property
    def has_new_price(self) -> bool:
        """Return True if the price has changed since the customer last saw it."""
        return self.variant is not None and self.variant.price_amount != self.price_amount
