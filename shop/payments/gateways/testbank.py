"""The simulated bank behind the test gateway. Its ledger is the table of TestCharge.

The card number selects the scenario, so that tests can provoke anything a real provider may do.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from shop.money import round_amount
from shop.payments.gateways.interface import Outcome, Status
from shop.payments.models import TestCharge

# By the last four digits of the card. Any other card succeeds.
SCENARIOS = {
    "0002": "declined",
    "0003": "authorised",  # until staff capture it
    "0004": "timeout",  # charged, but the response is lost
    "0005": "timeout_before",  # the request is lost
    "0006": "late",  # only a webhook reports the payment
    "0007": "wrong_amount",
    "0008": "wrong_currency",
    "0009": "refund_down",  # refunded, but the response is lost
    "0010": "void_down",  # authorised; voided, but the response is lost
}
LATE = timedelta(seconds=20)
SIGNATURE = "X-Test-Signature"


def scenario_of(details: Mapping[str, str]) -> str:
    digits = "".join(filter(str.isdigit, details.get("card", "")))
    return SCENARIOS.get(digits[-4:], "paid")


def sign(body: bytes) -> str:
    """Return the signature of a webhook body."""
    return hmac.new(f"test bank {settings.SECRET_KEY}".encode(), body, hashlib.sha256).hexdigest()


def webhook(charge: TestCharge) -> bytes:
    """Return the body of the webhook that reports the charge."""
    outcome = outcome_of(charge)
    return json.dumps(
        {
            "key": charge.key,
            "status": outcome.status,
            "amount": str(outcome.amount),
            "currency": outcome.currency,
            "reference": outcome.reference,
            "error": outcome.error,
        }
    ).encode()


def outcome_of(charge: TestCharge) -> Outcome:
    """Return what the bank reports, with the errors of the charge's scenario."""
    error = _("The card was declined. Try another card.") if charge.scenario == "declined" else ""
    amount, currency = round_amount(charge.amount, charge.currency), charge.currency
    if charge.scenario == "wrong_amount":
        amount += 1
    if charge.scenario == "wrong_currency":
        currency = "XTS"
    return Outcome(Status(charge.status), amount, currency, f"test-{charge.key}", error=error)


def first_status(scenario: str) -> Status:
    authorised = dict.fromkeys(("authorised", "void_down"), Status.AUTHORISED)
    return {"declined": Status.FAILED, **authorised}.get(scenario, Status.CAPTURED)


def refund(charge: TestCharge, refund_key: str, amount: Decimal) -> bool:
    """Refund once per key, even under concurrent requests. Return False if the amount exceeds the charge."""
    while refund_key not in charge.refund_keys:
        if charge.refunded_amount + amount > charge.amount:
            return False
        keys = {**charge.refund_keys, refund_key: str(amount)}
        unchanged = TestCharge.objects.filter(pk=charge.pk, refund_keys=charge.refund_keys)
        unchanged.update(refunded_amount=F("refunded_amount") + amount, refund_keys=keys)
        charge.refresh_from_db()
    return True


def due_webhooks(now: datetime) -> list[tuple[bytes, dict[str, str]]]:
    """Return body and headers of each webhook that is due; each is returned once."""
    due = []
    for charge in TestCharge.objects.filter(webhooks_due_at__lte=now).order_by("webhooks_due_at")[:50]:
        claimed = TestCharge.objects.filter(pk=charge.pk, webhooks_due_at=charge.webhooks_due_at)
        if claimed.update(webhooks_due_at=None):
            body = webhook(charge)
            due.append((body, {SIGNATURE: sign(body)}))
    return due
