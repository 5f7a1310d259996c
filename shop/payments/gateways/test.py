"""A provider that takes no money; see `shop.payments.testbank` for what its cards can do."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from decimal import Decimal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.payments import testbank
from shop.payments.gateways.interface import BadSignature, GatewayDown, News, Outcome, RefundOutcome, Request, Status
from shop.payments.models import TestCharge


class TestGateway:
    """Succeeds at once unless the card says otherwise; answers the same key the same way."""

    __test__ = False  # for pytest: no test
    name = "test"
    title: str | Promise = gettext_lazy("Test card (nothing is charged)")

    def start(self, request: Request) -> Outcome:
        scenario = testbank.scenario_of(request.details)
        if scenario == "timeout_before":
            raise GatewayDown("The test bank was not reached.")
        now = timezone.now()
        charge, _created = TestCharge.objects.get_or_create(
            key=request.key,
            defaults={
                "amount": request.amount,
                "currency": request.currency,
                "scenario": scenario,
                "status": testbank.first_status(scenario),
                "created_at": now,
                "webhooks_due_at": now + testbank.LATE if scenario == "late" else now,
            },
        )
        if scenario == "timeout":
            raise GatewayDown("The test bank did not answer in time.")
        return (
            Outcome(Status.PENDING, charge.amount, charge.currency)
            if scenario == "late"
            else testbank.outcome_of(charge)
        )

    def look_up(self, key: str, reference: str) -> Outcome | None:
        charge = TestCharge.objects.filter(key=key).first()
        return testbank.outcome_of(charge) if charge else None

    def capture(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        TestCharge.objects.filter(key=key, status=Status.AUTHORISED).update(status=Status.CAPTURED)
        return testbank.outcome_of(TestCharge.objects.get(key=key))

    def void(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        held = TestCharge.objects.filter(key=key, status=Status.AUTHORISED)
        if held.update(status=Status.FAILED) and TestCharge.objects.get(key=key).scenario == "void_down":
            raise GatewayDown("The test bank did not answer in time.")
        return testbank.outcome_of(TestCharge.objects.get(key=key))

    def refund(self, key: str, reference: str, refund_key: str, amount: Decimal, currency: str) -> RefundOutcome:
        charge = TestCharge.objects.filter(key=key).first()
        if charge is None or charge.status != Status.CAPTURED:
            return RefundOutcome(is_done=False, error=_("The bank knows of no such payment."))
        if charge.scenario == "refund_down" and refund_key not in charge.refund_keys:
            testbank.give_back(charge, refund_key, amount)
            raise GatewayDown("The test bank did not answer in time.")
        if testbank.give_back(charge, refund_key, amount):
            return RefundOutcome(is_done=True, reference=f"refund-{refund_key}")
        return RefundOutcome(is_done=False, error=_("The bank has nothing left to give back."))

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> News | None:
        if not hmac.compare_digest(testbank.sign(body).encode(), headers.get(testbank.SIGNATURE, "").encode()):
            raise BadSignature("The signature does not fit.")
        said = json.loads(body)
        outcome = Outcome(
            Status(said["status"]), Decimal(said["amount"]), said["currency"], said["reference"], error=said["error"]
        )
        return News(said["key"], outcome)
