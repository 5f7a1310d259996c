"""Nothing to pay: the way that orders with a total of nothing are paid. It is never offered, and nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.payments.gateways.interface import BadSignature, News, Outcome, RefundOutcome, Request, Status

FREE = "free"


class FreeGateway:
    """Such a payment is settled in the transaction that places its order."""

    name = FREE
    title: str | Promise = _("Nothing to pay")

    def start(self, request: Request) -> Outcome:
        return Outcome(Status.CAPTURED, request.amount, request.currency)

    def look_up(self, key: str, reference: str) -> Outcome | None:
        return None

    def capture(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        return Outcome(Status.CAPTURED, amount, currency)

    def void(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        return Outcome(Status.FAILED, amount, currency)

    def refund(self, key: str, reference: str, refund_key: str, amount: Decimal, currency: str) -> RefundOutcome:
        return RefundOutcome(is_done=False, error=str(_("Nothing was paid, so nothing can go back.")))

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> News | None:
        raise BadSignature("Nobody sends webhooks for what costs nothing.")
