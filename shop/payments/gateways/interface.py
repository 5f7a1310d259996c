"""The interface of a payment gateway. A gateway knows its provider's protocol, but no orders or tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol

from django import forms
from django.utils.functional import Promise


class Status(StrEnum):
    """The state of a payment at its provider."""

    PENDING = "pending"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"


@dataclass(frozen=True)
class Request:
    """A payment to start. `key` is its idempotency key; `details` are the values of the gateway's `fields`."""

    key: str
    amount: Decimal
    currency: str
    description: str
    email: str
    return_url: str
    details: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """The provider's report on one payment, with the amount and currency that the provider names."""

    status: Status
    amount: Decimal
    currency: str
    reference: str = ""
    next_url: str = ""
    error: str = ""


@dataclass(frozen=True)
class RefundOutcome:
    """The provider's report on one refund."""

    is_done: bool
    reference: str = ""
    error: str = ""


@dataclass(frozen=True)
class WebhookReport:
    """A webhook's report on the payment with this key."""

    key: str
    outcome: Outcome


class GatewayDown(RuntimeError):
    """The provider did not answer, so it is unknown whether it acted."""


class BadSignature(ValueError):
    """The webhook is not signed by the provider."""


class Gateway(Protocol):
    """One way to pay. Every method may raise GatewayDown; none opens a transaction."""

    name: str
    title: str | Promise
    # Text fields for the checkout page and the API. They must be optional: the customer may choose another gateway.
    fields: ClassVar[Mapping[str, forms.CharField]] = {}
    template: str = ""  # shows these fields below the payment methods

    def start(self, request: Request) -> Outcome:
        """Start the payment. The same key never charges twice."""

    def look_up(self, key: str, reference: str) -> Outcome | None:
        """Return the payment's current state; None if the provider does not know it."""

    def capture(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        """Capture an authorised payment."""

    def void(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        """Void an authorised payment, and return its new state: FAILED once it is void."""

    def refund(self, key: str, reference: str, refund_key: str, amount: Decimal, currency: str) -> RefundOutcome:
        """Refund an amount. The same refund key never refunds twice."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookReport | None:
        """Return the webhook's report; None if it is about something else. Raises BadSignature."""
