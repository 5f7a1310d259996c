"""The states of orders and returns, and every way from one to another. Nothing else decides what may follow what."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    PENDING = "pending", _("waiting for payment")
    PAID = "paid", _("paid")
    SHIPPED = "shipped", _("on its way")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


NEXT: dict[str, frozenset[str]] = {
    # An order on invoice is shipped before it is paid.
    State.PENDING: frozenset({State.PAID, State.SHIPPED, State.CANCELLED}),
    State.PAID: frozenset({State.SHIPPED, State.CANCELLED}),
    State.SHIPPED: frozenset({State.COMPLETED}),
    State.COMPLETED: frozenset(),
    # Money that comes after an order has expired brings it back, where its stock can still be had.
    State.CANCELLED: frozenset({State.PAID}),
}


class ReturnState(models.TextChoices):
    ANNOUNCED = "announced", _("announced")
    RECEIVED = "received", _("arrived")
    REFUNDED = "refunded", _("money given back")
    DECLINED = "declined", _("closed without money")


NEXT_OF_RETURN: dict[str, frozenset[str]] = {
    ReturnState.ANNOUNCED: frozenset({ReturnState.RECEIVED, ReturnState.DECLINED}),
    ReturnState.RECEIVED: frozenset({ReturnState.REFUNDED, ReturnState.DECLINED}),
    ReturnState.REFUNDED: frozenset(),
    ReturnState.DECLINED: frozenset(),
}


class TransitionRefused(ValueError):
    """An order cannot go from the state it is in to that one; nothing was written."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"An order that is {before} cannot become {after}.")
        self.before = before
        self.after = after
