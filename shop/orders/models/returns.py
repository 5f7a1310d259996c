"""Returns: what a customer sends back, what of it arrived, and how it ended."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Sum, When
from django.utils.translation import gettext_lazy as _

from shop.orders.models.order import Order, OrderLine
from shop.orders.states import NEXT_OF_RETURN, ReturnState


class Return(models.Model):
    """Pieces of an order that come back. Its state changes by `shop.orders.returns` only; the money is a Refund."""

    class Reason(models.TextChoices):
        UNWANTED = "unwanted", _("I do not want it after all")
        UNFITTING = "unfitting", _("It does not fit, or does not go with the rest")
        DIFFERENT = "different", _("It is not what the shop showed")
        DAMAGED = "damaged", _("It is broken or does not work")
        OTHER = "other", _("Something else")

    order = models.ForeignKey(Order, models.PROTECT, related_name="returns")
    state = models.CharField(_("state"), max_length=10, choices=ReturnState, default=ReturnState.ANNOUNCED)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.TextField(_("remarks"), blank=True, max_length=1000)
    who = models.CharField(_("announced by"), max_length=254)
    announced_at = models.DateTimeField(_("announced"))
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("return")
        verbose_name_plural = _("returns")

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What customers write on the parcel."""
        return f"R{100_000 + (self.pk or 0)}"

    def may_become(self, state: str) -> bool:
        return state in NEXT_OF_RETURN[self.state]


class ReturnLineQuerySet(models.QuerySet["ReturnLine"]):
    """Filters that read as sentences."""

    def pieces(self) -> dict[int, int]:
        """Pieces by line of the order that cannot be returned again: on their way, arrived, or kept by the shop."""
        kept = Case(
            When(of_return__state=ReturnState.ANNOUNCED, then=F("quantity")),
            When(of_return__state=ReturnState.DECLINED, then=F("restocked")),
            default=F("received"),
        )
        return dict(self.order_by().values_list("order_line").annotate(pieces=Sum(kept)))


class ReturnLine(models.Model):
    """So many pieces of a line of the order: announced, then how many arrived, and how many can be sold again."""

    of_return = models.ForeignKey(Return, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="returned")
    quantity = models.PositiveIntegerField(_("announced"))
    received = models.PositiveIntegerField(_("arrived"), default=0)
    restocked = models.PositiveIntegerField(_("back on the shelf"), default=0)

    objects = ReturnLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["of_return", "order_line"], name="return_line_once"),
            models.CheckConstraint(name="return_line_quantity", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="return_line_pieces", condition=Q(received__lte=F("quantity"), restocked__lte=F("received"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line_id}"
