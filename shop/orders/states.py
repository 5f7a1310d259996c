"""States of orders and returns, the transitions between them, and the kinds of events."""

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    PENDING = "pending", _("waiting for payment")
    PAID = "paid", _("paid")
    SHIPPED = "shipped", _("shipped")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


NEXT: dict[str, frozenset[str]] = {
    # An order on invoice is shipped before it is paid.
    State.PENDING: frozenset({State.PAID, State.SHIPPED, State.CANCELLED}),
    State.PAID: frozenset({State.SHIPPED, State.CANCELLED}),
    State.SHIPPED: frozenset({State.COMPLETED}),
    State.COMPLETED: frozenset(),
    # A payment for an expired order revives it if its stock can be reserved again.
    State.CANCELLED: frozenset({State.PAID}),
}


class ReturnState(models.TextChoices):
    ANNOUNCED = "announced", _("announced")
    RECEIVED = "received", _("received")
    REFUNDED = "refunded", _("refunded")
    DECLINED = "declined", _("closed without refund")


NEXT_OF_RETURN: dict[str, frozenset[str]] = {
    ReturnState.ANNOUNCED: frozenset({ReturnState.RECEIVED, ReturnState.DECLINED}),
    ReturnState.RECEIVED: frozenset({ReturnState.REFUNDED, ReturnState.DECLINED}),
    ReturnState.REFUNDED: frozenset(),
    ReturnState.DECLINED: frozenset(),
}


class EventKind(models.TextChoices):
    """Kinds of order events, with the words that customers read."""

    PLACED = "placed", _("Order placed")
    PAYMENT_RECEIVED = "payment received", _("Payment received")
    PAYMENT_FAILED = "payment failed", _("Payment failed")
    PAYMENT_AUTHORISED = "payment promised", _("Payment authorised")
    PAYMENT_RELEASED = "payment released", _("Payment authorisation released")
    PAYMENT_FLAGGED = "payment flagged", _("Payment under review")
    PAID = "paid", _("Paid")
    SHIPMENT = "shipment", _("Parcel sent")
    SHIPPED = "shipped", _("All items shipped")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    REFUND_REQUESTED = "refund requested", _("Refund on its way")
    REFUNDED = "refunded", _("Refunded")
    REFUND_FAILED = "refund failed", _("Refund delayed")
    RETURN_ANNOUNCED = "return announced", _("Return announced")
    RETURN_RECEIVED = "return received", _("Return received")
    RETURN_CLOSED = "return closed", _("Return closed; the items were free, so there is no refund")
    RETURN_DECLINED = "return declined", _("Return closed without a refund")


class ActionRefused(ValueError):
    """The order does not allow the action now. The message says why, and what to do."""


class TransitionRefused(ActionRefused):
    """The tables above do not allow this transition."""

    def __init__(self, before: str, after: str) -> None:
        states = {"before": State(before).label, "after": State(after).label}
        super().__init__(_now("This order is “%(before)s”, so it cannot become “%(after)s”.") % states)
