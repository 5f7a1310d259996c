"""What a payment provider must be able to do. A provider's file knows its wire and nothing of orders or tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from django.utils.functional import Promise


class Status(StrEnum):
    """What a provider says of a payment."""

    PENDING = "pending"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"


@dataclass(frozen=True)
class Request:
    """A payment to be begun. `key` makes asking twice safe; `details` is what the checkout asked the customer."""

    key: str
    amount: Decimal
    currency: str
    description: str
    email: str
    return_url: str
    details: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """What the provider says of one payment, whoever asked: amount and currency are the provider's own."""

    status: Status
    amount: Decimal
    currency: str
    reference: str = ""
    next_url: str = ""
    error: str = ""


@dataclass(frozen=True)
class RefundOutcome:
    """What the provider says of one refund."""

    is_done: bool
    reference: str = ""
    error: str = ""


@dataclass(frozen=True)
class News:
    """What a webhook says of a payment, named by its `key` or the provider's reference."""

    key: str
    outcome: Outcome


class GatewayDown(RuntimeError):
    """The provider gave no answer. Nobody knows whether it did what it was asked."""


class BadSignature(ValueError):
    """The webhook was not sent by the provider, or not like this."""


class Gateway(Protocol):
    """One provider. Every method may raise GatewayDown; none opens a transaction."""

    name: str
    title: str | Promise

    def start(self, request: Request) -> Outcome:
        """Begin to take the money. The same key never takes it twice."""

    def look_up(self, key: str, reference: str) -> Outcome | None:
        """What became of it; None where the provider never heard of it."""

    def capture(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        """Take what was authorised."""

    def void(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        """Let go of what was authorised and not captured; what the payment is then: failed where it is let go of."""

    def refund(self, key: str, reference: str, refund_key: str, amount: Decimal, currency: str) -> RefundOutcome:
        """Give money back. The same refund key never gives it twice."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> News | None:
        """What it says, None for what is none of our business. Raises BadSignature."""
