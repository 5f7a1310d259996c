"""Pay later, on invoice: a promise now, and the money when staff see it on the account."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.payments.gateways.interface import BadSignature, News, Outcome, RefundOutcome, Request, Status


class InvoiceGateway:
    """Nobody is asked over the network: staff say that the money has come, and give it back by hand."""

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

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> News | None:
        raise BadSignature("Nobody sends webhooks for invoices.")
