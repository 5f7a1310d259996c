"""What somebody wants to buy. Nothing here is reserved, and prices are only remembered, never charged."""

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

from catalog.models import Variant
from shop.money import AmountField

LARGEST_QUANTITY = 999


def new_token() -> str:
    """What names a guest's cart: nobody can guess it."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Problem:
    """Why a line cannot be bought as it is: a code for programs, a sentence that says what to do."""

    code: str
    message: str


class CartQuerySet(models.QuerySet["Cart"]):
    """Filters that read as sentences."""

    def open(self) -> Self:
        """Those that no order was made of."""
        return self.filter(ordered_at=None)

    def with_pieces(self) -> Self:
        """With the number of all pieces in it, as `pieces`."""
        return self.annotate(pieces=Coalesce(models.Sum("lines__quantity"), 0))


class Cart(models.Model):
    """A guest's cart is named by the token in their signed cookie; a customer has one open cart at most."""

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
        """With all that a page shows of a line, in two queries."""
        shown = self.select_related("variant__product__category").prefetch_related("variant__product__images")
        return shown.defer(
            *(f"variant__product__{name}" for name in ("description", "skus", "keywords", "search_vector"))
        )


class CartLine(models.Model):
    """So many pieces of one variant. Title and price are what was last shown, to say what has changed since."""

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
        """What keeps this line from being bought, if anything does."""
        if self.variant is None or not self.variant.product.is_visible(now):
            return Problem(
                "gone", gettext("%(title)s is not sold any more. Take it out to go on.") % {"title": self.title}
            )
        left = self.variant.available
        if left < 1:
            return Problem(
                "sold_out", gettext("%(title)s has sold out. Take it out to go on.") % {"title": self.title}
            )
        if left < self.quantity:
            message = gettext("Only %(left)d of %(title)s are left. Change the quantity to go on.")
            return Problem("too_few", message % {"left": left, "title": self.title})
        return None

    @property
    def has_new_price(self) -> bool:
        """Whether the price has changed since it was last confirmed by the customer."""
        return self.variant is not None and self.variant.price_amount != self.price_amount
