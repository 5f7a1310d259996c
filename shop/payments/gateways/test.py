"""A gateway for development and tests that charges nothing. See `testbank` for its card numbers."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.payments.gateways import testbank
from shop.payments.gateways.interface import (
    BadSignature,
    Gateway,
    GatewayDown,
    Outcome,
    RefundOutcome,
    Request,
    Status,
    WebhookReport,
)
from shop.payments.models import TestCharge


class TestGateway(Gateway):
    """Succeeds at once unless the card number selects another scenario."""

    __test__ = False  # not a test class for pytest
    name = "test"
    title: str | Promise = gettext_lazy("Test card (nothing is charged)")
    fields = {
        "card": forms.CharField(
            label=gettext_lazy("Card number"),
            max_length=40,
            required=False,
            help_text=gettext_lazy("A test card number. Most numbers succeed; a few simulate failures."),
        )
    }
    template = "payments/gateways/_test.html"

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
        if scenario == "late":
            return Outcome(Status.PENDING, charge.amount, charge.currency)
        return testbank.outcome_of(charge)

    def look_up(self, key: str, reference: str) -> Outcome | None:
        charge = TestCharge.objects.filter(key=key).first()
        return testbank.outcome_of(charge) if charge else None

    def capture(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        TestCharge.objects.filter(key=key, status=Status.AUTHORISED).update(status=Status.CAPTURED)
        return testbank.outcome_of(TestCharge.objects.get(key=key))

    def void(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        authorised = TestCharge.objects.filter(key=key, status=Status.AUTHORISED)
        if authorised.update(status=Status.FAILED) and TestCharge.objects.get(key=key).scenario == "void_down":
            raise GatewayDown("The test bank did not answer in time.")
        return testbank.outcome_of(TestCharge.objects.get(key=key))

    def refund(self, key: str, reference: str, refund_key: str, amount: Decimal, currency: str) -> RefundOutcome:
        charge = TestCharge.objects.filter(key=key).first()
        if charge is None or charge.status != Status.CAPTURED:
            return RefundOutcome(is_done=False, error=_("The test bank has no such payment."))
        was_asked = refund_key in charge.refund_keys
        is_done = testbank.refund(charge, refund_key, amount)
        if charge.scenario == "refund_down" and not was_asked:
            raise GatewayDown("The test bank did not answer in time.")
        if is_done:
            return RefundOutcome(is_done=True, reference=f"refund-{refund_key}")
        return RefundOutcome(is_done=False, error=_("The refund exceeds the payment."))

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookReport | None:
        if not hmac.compare_digest(testbank.sign(body).encode(), headers.get(testbank.SIGNATURE, "").encode()):
            raise BadSignature("The signature is wrong.")
        event = json.loads(body)
        outcome = Outcome(
            Status(event["status"]),
            Decimal(event["amount"]),
            event["currency"],
            event["reference"],
            error=event["error"],
        )
        return WebhookReport(event["key"], outcome)
