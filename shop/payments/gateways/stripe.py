"""Payment by Stripe Checkout.

The customer pays on Stripe's page (a checkout session), so no card number reaches the shop and no third-party script
runs on its pages. Captures, voids and refunds act on the session's payment intent; signed webhooks report changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
from shop.payments.gateways.stripe_amounts import AmountInexpressibleError, from_minor, to_minor

SIGNATURE = "Stripe-Signature"
STATUSES = {
    "succeeded": Status.CAPTURED,
    "requires_capture": Status.AUTHORISED,
    "canceled": Status.FAILED,
}
EVENTS = {
    "payment_intent.succeeded",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
}
SESSION_COMPLETED, NOTHING_TO_PAY = "checkout.session.completed", "no_payment_required"


class StripeGateway(Gateway):
    name = "stripe"
    title: str | Promise = _("Card and more, by Stripe")

    def start(self, request: Request) -> Outcome:
        options: Any = {"idempotency_key": f"start-{request.key}"}
        try:
            session_values = _session(request)
            session = self._ask(lambda client: client.v1.checkout.sessions.create(session_values, options))
        except (_Refused, AmountInexpressibleError) as refused:  # such as a total below Stripe's minimum charge
            return Outcome(Status.FAILED, request.amount, request.currency, error=str(refused))
        return Outcome(Status.PENDING, request.amount, request.currency, session.id, next_url=session.url or "")

    def look_up(self, key: str, reference: str) -> Outcome | None:
        if not reference:
            return None
        expand: Any = {"expand": ["payment_intent"]}
        session = self._ask(lambda client: client.v1.checkout.sessions.retrieve(reference, expand))
        if session.status == "expired":
            return _of_session(
                session, Status.FAILED, reference, error=gettext("The payment page has expired. Try again.")
            )
        if _needs_no_payment(session):
            return _of_session(session, Status.CAPTURED, reference)
        return _outcome(session.payment_intent, reference) if session.payment_intent is not None else None

    def capture(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        options: Any = {"idempotency_key": f"capture-{key}"}
        try:
            intent = self._intent(reference)
            try:
                done = self._ask(lambda client: client.v1.payment_intents.capture(intent, {}, options))
            except _Refused:  # already captured, voided or expired: return its current state
                done = self._ask(lambda client: client.v1.payment_intents.retrieve(intent))
        except _Refused as refused:
            raise GatewayDown(str(refused)) from refused
        return _outcome(done, reference)

    def void(self, key: str, reference: str, amount: Decimal, currency: str) -> Outcome:
        try:
            intent = self._intent(reference)
            return _outcome(self._cancel(key, intent), reference)
        except _Refused as refused:  # unknown to Stripe; staff are alerted once the retries end
            raise GatewayDown(str(refused)) from refused

    def refund(self, key: str, reference: str, refund_key: str, amount: Decimal, currency: str) -> RefundOutcome:
        options: Any = {"idempotency_key": f"refund-{refund_key}"}
        try:
            values: Any = {"payment_intent": self._intent(reference), "amount": to_minor(amount, currency)}
            done = self._ask(lambda client: client.v1.refunds.create(values, options))
        except (_Refused, AmountInexpressibleError) as refused:
            return RefundOutcome(is_done=False, error=str(refused))
        failed = done.status in ("failed", "canceled")
        return RefundOutcome(is_done=not failed, reference=done.id, error=done.failure_reason or "" if failed else "")

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookReport | None:
        sdk = _sdk()
        try:
            event = sdk.Webhook.construct_event(body, headers.get(SIGNATURE, ""), settings.STRIPE_WEBHOOK_SECRET)
        except (ValueError, sdk.SignatureVerificationError) as error:
            raise BadSignature(str(error)) from error
        subject = event.data.object
        if event.type == SESSION_COMPLETED and _needs_no_payment(subject) and subject.client_reference_id:
            return WebhookReport(subject.client_reference_id, _of_session(subject, Status.CAPTURED, subject.id))
        if event.type not in EVENTS or "payment" not in (subject.metadata or {}):
            return None
        return WebhookReport(subject.metadata["payment"], _outcome(subject, ""))

    def _cancel(self, key: str, intent: str) -> Any:
        """Cancel the intent and return it; if it has already ended, return it as it is."""
        options: Any = {"idempotency_key": f"void-{key}"}
        try:
            return self._ask(lambda client: client.v1.payment_intents.cancel(intent, {}, options))
        except _Refused:
            return self._ask(lambda client: client.v1.payment_intents.retrieve(intent))

    def _intent(self, reference: str) -> str:
        session = self._ask(lambda client: client.v1.checkout.sessions.retrieve(reference))
        if not session.payment_intent:
            raise _Refused("This Stripe session has no payment.")
        return str(session.payment_intent)

    def _ask(self, call: Any) -> Any:
        sdk = _sdk()
        addresses = {"api": settings.STRIPE_API} if settings.STRIPE_API else {}
        client = sdk.StripeClient(settings.STRIPE_SECRET_KEY, base_addresses=addresses, max_network_retries=1)
        try:
            return call(client)
        except (sdk.InvalidRequestError, sdk.CardError) as error:
            raise _Refused(error.user_message or str(error)) from error
        except sdk.StripeError as error:
            raise GatewayDown(f"{type(error).__name__}: {error}") from error


class _Refused(ValueError):
    """Stripe rejected the request."""


def _sdk() -> Any:
    """Import the SDK on first use. It takes 0.4 s and 17 MB, which shops without Stripe save."""
    return import_module("stripe")


def _session(request: Request) -> Any:
    price = {
        "currency": request.currency.lower(),
        "unit_amount": to_minor(request.amount, request.currency),
        "product_data": {"name": request.description},
    }
    return {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "payment_intent_data": {
            "metadata": {"payment": request.key},
            "capture_method": settings.STRIPE_CAPTURE,
        },
        "customer_email": request.email,
        "client_reference_id": request.key,
        "success_url": request.return_url,
        "cancel_url": request.return_url,
    }


def _needs_no_payment(session: Any) -> bool:
    return bool(session.status == "complete" and getattr(session, "payment_status", "") == NOTHING_TO_PAY)


def _of_session(session: Any, status: Status, reference: str, error: str = "") -> Outcome:
    currency = session.currency.upper()
    return Outcome(status, from_minor(session.amount_total, currency), currency, reference, error=error)


def _outcome(intent: Any, reference: str) -> Outcome:
    currency = intent.currency.upper()
    status = STATUSES.get(intent.status, Status.PENDING)
    amount = intent.amount_received if status == Status.CAPTURED else intent.amount
    return Outcome(status, from_minor(amount, currency), currency, reference)
