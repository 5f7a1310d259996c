"""A provider that takes no money and can do whatever real ones do. The card number chooses what.

Its bank keeps its books in TestCharge rows, by statements of their own, as a real bank is not part of our transaction.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.money import round_amount
from shop.payments.gateways.interface import BadSignature, GatewayDown, News, Outcome, RefundOutcome, Request, Status
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
}
LATE = timedelta(seconds=20)
SIGNATURE = "X-Test-Signature"


class TestGateway:
    """Succeeds at once unless the card says otherwise; answers the same key the same way."""

    __test__ = False  # for pytest: no test
    name = "test"
    title = gettext_lazy("Test card (nothing is charged)")

    def start(self, request: Request) -> Outcome:
        digits = "".join(filter(str.isdigit, request.details.get("card", "")))
        scenario = SCENARIOS.get(digits[-4:], "paid")
        if scenario == "timeout_before":
            raise GatewayDown("The test bank was not reached.")
        now = timezone.now()
        charge, _created = TestCharge.objects.get_or_create(
            key=request.key,
            defaults={
                "amount": request.amount,
                "currency": request.currency,
                "scenario": scenario,
                "status": _first_status(scenario),
                "created_at": now,
                "webhooks_due_at": now + LATE if scenario == "late" else now,
            },
        )
        if scenario == "timeout":
            raise GatewayDown("The test bank did not answer in time.")
        return Outcome(Status.PENDING, charge.amount, charge.currency) if scenario == "late" else outcome_of(charge)

    def look_up(self, key: str, reference: str) -> Outcome | None:
        charge = TestCharge.objects.filter(key=key).first()
        return outcome_of(charge) if charge else None

    def capture(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        TestCharge.objects.filter(key=key, status=Status.AUTHORISED).update(status=Status.CAPTURED)
        return outcome_of(TestCharge.objects.get(key=key))

    def refund(self, key: str, reference: str, refund_key: str, amount: Decimal, currency: str) -> RefundOutcome:
        charge = TestCharge.objects.filter(key=key).first()
        if charge is None or charge.status != Status.CAPTURED:
            return RefundOutcome(is_done=False, error=_("The bank knows of no such payment."))
        if charge.scenario == "refund_down" and refund_key not in charge.refund_keys:
            _give_back(charge, refund_key, amount)
            raise GatewayDown("The test bank did not answer in time.")
        if refund_key in charge.refund_keys or _give_back(charge, refund_key, amount):
            return RefundOutcome(is_done=True, reference=f"refund-{refund_key}")
        return RefundOutcome(is_done=False, error=_("The bank has nothing left to give back."))

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> News | None:
        if not hmac.compare_digest(sign(body).encode(), headers.get(SIGNATURE, "").encode()):
            raise BadSignature("The signature does not fit.")
        said = json.loads(body)
        outcome = Outcome(
            Status(said["status"]), Decimal(said["amount"]), said["currency"], said["reference"], error=said["error"]
        )
        return News(said["key"], outcome)


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
    error = _("The bank declined this card. Try another one.") if charge.status == Status.FAILED else ""
    amount, currency = round_amount(charge.amount, charge.currency), charge.currency
    if charge.scenario == "wrong_amount":
        amount += 1
    if charge.scenario == "wrong_currency":
        currency = "XTS"
    return Outcome(Status(charge.status), amount, currency, f"test-{charge.key}", error=error)


def _first_status(scenario: str) -> Status:
    return {"declined": Status.FAILED, "authorised": Status.AUTHORISED}.get(scenario, Status.CAPTURED)


def _give_back(charge: TestCharge, refund_key: str, amount: Decimal) -> bool:
    same = TestCharge.objects.filter(pk=charge.pk, refund_keys=charge.refund_keys)
    fitting = same.filter(refunded_amount__lte=F("amount") - amount)
    keys = {**charge.refund_keys, refund_key: str(amount)}
    return bool(fitting.update(refunded_amount=F("refunded_amount") + amount, refund_keys=keys))
