"""Gateways without a provider: payment on invoice, and orders that cost nothing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.payments.gateways.interface import (
    BadSignature,
    Gateway,
    Outcome,
    RefundOutcome,
    Request,
    Status,
    WebhookReport,
)

FREE = "free"


class InvoiceGateway(Gateway):
    """Staff capture the payment when the bank transfer arrives, and pay refunds by hand."""

    name = "invoice"
    title: str | Promise = _("Pay on invoice")

    def start(self, request: Request) -> Outcome:
        return Outcome(Status.AUTHORISED, request.amount, request.currency)

    def look_up(self, key: str, reference: str) -> Outcome | None:
        return None

    def capture(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        return Outcome(Status.CAPTURED, amount, currency)

    def void(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        return Outcome(Status.FAILED, amount, currency)

    def refund(self, key: str, reference: str, refund_key: str, amount: Decimal, currency: str) -> RefundOutcome:
        return RefundOutcome(is_done=True)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookReport | None:
        raise BadSignature("This gateway has no webhooks.")


class FreeGateway(InvoiceGateway):
    """Orders with a total of zero. Never offered; settled in the transaction that places the order."""

    name = FREE
    title = _("Nothing to pay")

    def start(self, request: Request) -> Outcome:
        return Outcome(Status.CAPTURED, request.amount, request.currency)

    def refund(self, key: str, reference: str, refund_key: str, amount: Decimal, currency: str) -> RefundOutcome:
        return RefundOutcome(is_done=False, error=str(_("Nothing was paid, so nothing can be refunded.")))
