"""Returns of shipped items."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Sum, When
from django.utils.translation import gettext_lazy as _

from shop.orders.models.order import Order, OrderLine
from shop.orders.states import NEXT_OF_RETURN, ReturnState


class Return(models.Model):
    """A return of items of an order. Only `services.change_return_state` changes its state. Its refund is a Refund."""

    class Reason(models.TextChoices):
        UNWANTED = "unwanted", _("I changed my mind")
        UNFITTING = "unfitting", _("It does not fit or match")
        DIFFERENT = "different", _("It is not as described")
        DAMAGED = "damaged", _("It is damaged or faulty")
        OTHER = "other", _("Other")

    order = models.ForeignKey(Order, models.PROTECT, related_name="returns")
    state = models.CharField(_("state"), max_length=10, choices=ReturnState, default=ReturnState.ANNOUNCED)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.TextField(_("comments"), blank=True, max_length=1000)
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
        """The return number, which customers write on the parcel."""
        return f"R{100_000 + (self.pk or 0)}"

    def may_become(self, state: str) -> bool:
        return state in NEXT_OF_RETURN[self.state]


class ReturnLineQuerySet(models.QuerySet["ReturnLine"]):
    def quantities(self) -> dict[int, int]:
        """Return the quantities by order line that cannot be returned again: announced, received, or restocked."""
        held = Case(
            When(of_return__state=ReturnState.ANNOUNCED, then=F("quantity")),
            When(of_return__state=ReturnState.DECLINED, then=F("restocked")),
            default=F("received"),
        )
        return dict(self.order_by().values_list("order_line").annotate(sum=Sum(held)))


class ReturnLine(models.Model):
    """An order line in a return: the announced, received and restocked quantities."""

    of_return = models.ForeignKey(Return, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="returned")
    quantity = models.PositiveIntegerField(_("announced"))
    received = models.PositiveIntegerField(_("received"), default=0)
    restocked = models.PositiveIntegerField(_("restocked"), default=0)

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
