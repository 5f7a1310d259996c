"""The pretended bank behind the test provider. Its books are TestCharge rows, written by statements of their own.

It can do whatever real ones do; the card number chooses what.
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

# The last four digits of the card; any other card succeeds.
SCENARIOS = {
    "0002": "declined",
    "0003": "authorised",  # captured by staff
    "0004": "timeout",  # the money is taken, and the answer is lost
    "0005": "timeout_before",  # the request is lost
    "0006": "late",  # only the webhook says that it was paid
    "0007": "wrong_amount",
    "0008": "wrong_currency",
    "0009": "refund_down",
    "0010": "void_down",  # promised; let go of without an answer
}
LATE = timedelta(seconds=20)
SIGNATURE = "X-Test-Signature"


def scenario_of(details: Mapping[str, str]) -> str:
    """What the card will do."""
    digits = "".join(filter(str.isdigit, details.get("card", "")))
    return SCENARIOS.get(digits[-4:], "paid")


def sign(body: bytes) -> str:
    """The signature of a webhook of the test provider."""
    return hmac.new(f"test bank {settings.SECRET_KEY}".encode(), body, hashlib.sha256).hexdigest()


def webhook(charge: TestCharge) -> bytes:
    """What the test bank says of the charge, to be signed with `sign`."""
    said = outcome_of(charge)
    return json.dumps(
        {
            "key": charge.key,
            "status": said.status,
            "amount": str(said.amount),
            "currency": said.currency,
            "reference": said.reference,
            "error": said.error,
        }
    ).encode()


def outcome_of(charge: TestCharge) -> Outcome:
    """What the bank says when it is asked."""
    error = _("The bank declined this card. Try another one.") if charge.scenario == "declined" else ""
    amount, currency = round_amount(charge.amount, charge.currency), charge.currency
    if charge.scenario == "wrong_amount":
        amount += 1
    if charge.scenario == "wrong_currency":
        currency = "XTS"
    return Outcome(Status(charge.status), amount, currency, f"test-{charge.key}", error=error)


def first_status(scenario: str) -> Status:
    promised = dict.fromkeys(("authorised", "void_down"), Status.AUTHORISED)
    return {"declined": Status.FAILED, **promised}.get(scenario, Status.CAPTURED)


def give_back(charge: TestCharge, refund_key: str, amount: Decimal) -> bool:
    """Whether the refund of that key was given, now or before; also to many who ask at once."""
    while refund_key not in charge.refund_keys:
        if charge.refunded_amount + amount > charge.amount:
            return False
        keys = {**charge.refund_keys, refund_key: str(amount)}
        as_seen = TestCharge.objects.filter(pk=charge.pk, refund_keys=charge.refund_keys)
        as_seen.update(refunded_amount=F("refunded_amount") + amount, refund_keys=keys)
        charge.refresh_from_db()
    return True


def due_webhooks(now: datetime) -> list[tuple[bytes, dict[str, str]]]:
    """Bodies and headers of the webhooks that the bank owes; each is given out once."""
    given = []
    for charge in TestCharge.objects.filter(webhooks_due_at__lte=now).order_by("webhooks_due_at")[:50]:
        if TestCharge.objects.filter(pk=charge.pk, webhooks_due_at=charge.webhooks_due_at).update(
            webhooks_due_at=None
        ):
            body = webhook(charge)
            given.append((body, {SIGNATURE: sign(body)}))
    return given
