"""Stripe through its real SDK, against a local server with recorded responses and signed webhooks."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from shop.checkout.services import place_order
from shop.fulfilment.actions import cancel_order
from shop.fulfilment.payment import capture_payment, pay
from shop.fulfilment.refunds import refund_payment
from shop.orders.models import Order
from shop.orders.states import ActionRefused
from shop.payments.gateways.interface import Request
from shop.payments.gateways.stripe import StripeGateway
from shop.payments.models import Payment, Refund
from tests.purchases import BACK, NOW, article, cart_of, deliver_to, purchase

SECRET = "whsec_recorded"
INTENT = {
    "id": "pi_1", "object": "payment_intent", "amount": 1490, "amount_received": 1490, "currency": "eur",
    "status": "succeeded", "metadata": {},
}  # fmt: skip
SESSION = {
    "id": "cs_1", "object": "checkout.session", "status": "open", "url": "https://checkout.stripe.com/c/pay/cs_1",
    "amount_total": 1490, "currency": "eur", "payment_intent": None,
}  # fmt: skip


class Stripe:
    """Recorded requests, and responses by method and path. A status of 0 means no response."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, list[str]], str]] = []
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {
            ("POST", "/v1/checkout/sessions"): (200, SESSION),
            ("GET", "/v1/checkout/sessions/cs_1"): (200, SESSION),
            ("POST", "/v1/refunds"): (200, {"id": "re_1", "object": "refund", "status": "succeeded"}),
        }


@pytest.fixture
def stripe(settings: Any) -> Iterator[Stripe]:
    recorded = Stripe()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            path, sent = urlsplit(self.path).path, parse_qs(self.rfile.read(length).decode())
            recorded.asked.append((self.command, path, sent, self.headers.get("Idempotency-Key", "")))
            status, answer = recorded.answers[self.command, path]
            if not status:
                self.connection.close()
                return
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 -- what the server calls

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.STRIPE_API = f"http://127.0.0.1:{server.server_port}"
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_recorded", SECRET
    settings.PAYMENTS = ["stripe"]
    yield recorded
    server.shutdown()
    server.server_close()


@pytest.fixture
def payment(stripe: Stripe, db: None) -> Payment:
    """A started payment, with the customer on Stripe's page."""
    deliver_to("DE")
    order = place_order((cart := cart_of(article())).pk, purchase(cart, gateway="stripe"), NOW)
    pay(order, BACK, NOW)
    return order.payments.get()


def post(client: Client, kind: str, intent: dict[str, Any], *, secret: str = SECRET, age: int = 0) -> Any:
    event = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": intent}}
    body, at = json.dumps(event), int(time.time()) - age
    signature = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return client.post(
        "/payments/webhooks/stripe/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": f"t={at},v1={signature}"},
    )


def about(payment: Payment, **more: Any) -> dict[str, Any]:
    return {**INTENT, "metadata": {"payment": str(payment.key)}, **more}


def test_start_creates_a_session_with_an_idempotency_key(stripe: Stripe, payment: Payment) -> None:
    assert (payment.status, payment.reference, payment.next_url) == ("started", "cs_1", SESSION["url"])
    method, path, sent, key = stripe.asked[0]
    assert (method, path, key) == ("POST", "/v1/checkout/sessions", f"start-{payment.key}")
    assert sent["line_items[0][price_data][unit_amount]"] == ["1490"]
    assert sent["payment_intent_data[metadata][payment]"] == [str(payment.key)]


def test_a_signed_webhook_settles_once(client: Client, payment: Payment) -> None:
    for _ in range(2):
        assert post(client, "payment_intent.succeeded", about(payment)).status_code == 200
    order = Order.objects.get()
    assert order.state == "paid"
    assert order.events.filter(kind="paid").count() == 1


@pytest.mark.parametrize("wrong", [{"secret": "whsec_other"}, {"age": 3600}])
def test_a_webhook_with_a_bad_or_old_signature_is_refused(client: Client, payment: Payment, wrong: Any) -> None:
    assert post(client, "payment_intent.succeeded", about(payment), **wrong).status_code == 400
    assert Order.objects.get().state == "pending"


@pytest.mark.parametrize("more", [{"amount_received": 1489}, {"currency": "usd"}])
def test_a_webhook_with_a_wrong_amount_is_flagged(client: Client, payment: Payment, more: Any) -> None:
    assert post(client, "payment_intent.succeeded", about(payment, **more)).status_code == 200
    payment.refresh_from_db()
    assert payment.flag
    assert Order.objects.get().state == "pending"


@pytest.mark.parametrize(
    ("kind", "intent"),
    [
        ("customer.created", {"id": "cus_1", "object": "customer", "metadata": {}}),
        ("payment_intent.succeeded", {**INTENT, "metadata": {}}),
        ("payment_intent.succeeded", {**INTENT, "metadata": {"payment": "nobody's"}}),
        ("payment_intent.payment_failed", {**INTENT, "status": "requires_payment_method"}),
    ],
)
def test_unrelated_events_change_nothing(client: Client, payment: Payment, kind: str, intent: Any) -> None:
    assert post(client, kind, intent).status_code == 200
    payment.refresh_from_db()
    assert (payment.status, payment.flag) == ("started", "")


def test_the_return_page_asks_the_provider(client: Client, stripe: Stripe, payment: Payment) -> None:
    address = f"/orders/{payment.order.secret}/returned/"
    client.get(address)
    assert Order.objects.get().state == "pending"
    paid = {**SESSION, "status": "complete", "payment_intent": about(payment)}
    stripe.answers["GET", "/v1/checkout/sessions/cs_1"] = (200, paid)
    client.get(address)
    assert Order.objects.get().state == "paid"


def test_a_refund_has_its_own_idempotency_key(client: Client, stripe: Stripe, payment: Payment) -> None:
    post(client, "payment_intent.succeeded", about(payment))
    stripe.answers["GET", "/v1/checkout/sessions/cs_1"] = (200, {**SESSION, "payment_intent": "pi_1"})
    refund = refund_payment(payment.pk, Decimal("4.90"), {}, restocks=False, reason="", who="staff", now=NOW)
    assert (refund.status, refund.reference) == (Refund.Status.DONE, "re_1")
    assert stripe.asked[-1][2:] == ({"payment_intent": ["pi_1"], "amount": ["490"]}, f"refund-{refund.key}")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((400, {"error": {"type": "invalid_request_error", "message": "already refunded"}}), Refund.Status.FAILED),
        ((500, {"error": {"type": "api_error", "message": "ouch"}}), Refund.Status.REQUESTED),
        ((0, None), Refund.Status.REQUESTED),
    ],
    ids=["no", "trouble", "silence"],
)
def test_a_rejected_refund_fails_and_an_unanswered_one_waits(
    client: Client, stripe: Stripe, payment: Payment, answer: Any, status: str
) -> None:
    post(client, "payment_intent.succeeded", about(payment))
    stripe.answers["GET", "/v1/checkout/sessions/cs_1"] = (200, {**SESSION, "payment_intent": "pi_1"})
    stripe.answers["POST", "/v1/refunds"] = answer
    refund = refund_payment(payment.pk, Decimal("4.90"), {}, restocks=False, reason="", who="staff", now=NOW)
    assert Refund.objects.get(pk=refund.pk).status == status


HELD = {"status": "requires_capture", "amount_received": 0}
LET_GO = {**INTENT, "status": "canceled", "amount_received": 0, "cancellation_reason": None}
REFUSED = {
    "type": "invalid_request_error", "code": "payment_intent_unexpected_state",
    "message": "You cannot cancel this PaymentIntent because it has a status of succeeded.",
}  # fmt: skip
TAKEN = (400, {"error": REFUSED})


@pytest.mark.parametrize(
    ("answer", "later", "status", "refunds"),
    [
        ((200, LET_GO), None, Payment.Status.FAILED, 0),
        (TAKEN, INTENT, Payment.Status.CAPTURED, 1),
        (TAKEN, LET_GO, Payment.Status.FAILED, 0),
        ((500, {"error": {"type": "api_error", "message": "ouch"}}), None, Payment.Status.RELEASING, 0),
        ((0, None), None, Payment.Status.RELEASING, 0),
    ],
    ids=["let go", "taken before", "let go before", "trouble", "silence"],
)
def test_cancelling_the_order_cancels_its_authorised_intent(
    client: Client, stripe: Stripe, payment: Payment, answer: Any, later: Any, status: str, refunds: int
) -> None:
    post(client, "payment_intent.amount_capturable_updated", about(payment, **HELD))
    stripe.answers["GET", "/v1/checkout/sessions/cs_1"] = (200, {**SESSION, "payment_intent": "pi_1"})
    stripe.answers["POST", "/v1/payment_intents/pi_1/cancel"] = answer
    stripe.answers["GET", "/v1/payment_intents/pi_1"] = (200, later)
    cancel_order(payment.order_id, "staff", NOW)
    payment.refresh_from_db()
    assert (payment.status, payment.order.state, Refund.objects.count()) == (status, "cancelled", refunds)
    keys = {key for method, path, _sent, key in stripe.asked if path == "/v1/payment_intents/pi_1/cancel"}
    assert keys == {f"void-{payment.key}"}


def test_the_webhook_of_a_cancelled_intent_settles_the_void(client: Client, stripe: Stripe, payment: Payment) -> None:
    post(client, "payment_intent.amount_capturable_updated", about(payment, **HELD))
    stripe.answers["GET", "/v1/checkout/sessions/cs_1"] = (0, None)
    cancel_order(payment.order_id, "staff", NOW)
    for _ in range(2):
        assert (
            post(client, "payment_intent.canceled", {**LET_GO, "metadata": {"payment": str(payment.key)}}).status_code
            == 200
        )
    payment.refresh_from_db()
    assert payment.status == Payment.Status.FAILED
    assert payment.order.events.filter(kind="payment released").count() == 1


def test_an_order_is_resumed_after_a_provider_outage(client: Client, stripe: Stripe, db: None) -> None:
    deliver_to("DE")
    stripe.answers["POST", "/v1/checkout/sessions"] = (0, None)
    order = place_order((cart := cart_of(article())).pk, purchase(cart, gateway="stripe"), NOW)
    pay(order, BACK, NOW)
    assert order.payments.get().status == "started"
    stripe.answers["POST", "/v1/checkout/sessions"] = (200, SESSION)
    response = client.post(f"/orders/{order.secret}/pay/", {"payment": "stripe"})
    assert response["Location"] == SESSION["url"]
    assert len({key for method, path, _sent, key in stripe.asked if path == "/v1/checkout/sessions"}) == 1


@pytest.mark.parametrize(("currency", "price", "units"), [("ISK", "5200", 520000), ("KWD", "12.50", 12500)])
def test_charges_webhooks_and_refunds_use_stripes_minor_units(
    client: Client, settings: Any, stripe: Stripe, db: None, currency: str, price: str, units: int
) -> None:
    settings.CURRENCY = currency
    deliver_to("DE", amount="0", percent=None)
    order = place_order((cart := cart_of(article(price))).pk, purchase(cart, gateway="stripe"), NOW)
    pay(order, BACK, NOW)
    assert stripe.asked[0][2]["line_items[0][price_data][unit_amount]"] == [str(units)]
    payment = order.payments.get()
    payload = about(payment, amount=units, amount_received=units, currency=currency.lower())
    post(client, "payment_intent.succeeded", payload)
    payment.refresh_from_db()
    assert (payment.status, payment.flag) == ("captured", "")
    stripe.answers["GET", "/v1/checkout/sessions/cs_1"] = (200, {**SESSION, "payment_intent": "pi_1"})
    refund_payment(payment.pk, Decimal(price), {}, restocks=False, reason="", who="staff", now=NOW)
    assert stripe.asked[-1][2]["amount"] == [str(units)]


def test_a_currency_with_three_decimals_uses_stripes_steps(
    client: Client, settings: Any, stripe: Stripe, db: None
) -> None:
    settings.CURRENCY = "KWD"
    deliver_to("DE", amount="1.125", percent=None)
    order = place_order((cart := cart_of(article("2.00"))).pk, purchase(cart, gateway="stripe"), NOW)
    assert order.total_amount == Decimal("3.13")
    pay(order, BACK, NOW)
    assert stripe.asked[0][2]["line_items[0][price_data][unit_amount]"] == ["3130"]
    payment = order.payments.get()
    post(client, "payment_intent.succeeded", about(payment, amount_received=3130, currency="kwd"))
    with pytest.raises(ActionRefused, match="whole cents"):
        refund_payment(payment.pk, Decimal("1.125"), {}, restocks=False, reason="", who="staff", now=NOW)
    assert Payment.objects.get().status == "captured"
    assert not Refund.objects.exists()


def test_an_inexpressible_amount_fails_without_a_request(stripe: Stripe) -> None:
    asked = Request("key", Decimal("1.125"), "KWD", "Order", "alice@example.com", BACK, {})
    outcome = StripeGateway().start(asked)
    assert (outcome.status, outcome.error) == ("failed", "Stripe accepts KWD in steps of 0.01, not 1.125.")
    assert not StripeGateway().refund("key", "cs_1", "refund", Decimal("1.125"), "KWD").is_done
    assert [path for _method, path, _sent, _key in stripe.asked if path == "/v1/refunds"] == []


NOTHING = {
    **SESSION, "status": "complete", "payment_status": "no_payment_required", "amount_total": 0,
    "client_reference_id": "", "metadata": {},
}  # fmt: skip


@pytest.fixture
def free(stripe: Stripe, payment: Payment) -> Payment:
    """A payment of zero that an older version started at Stripe."""
    Order.objects.update(discount_amount=Decimal("14.90"), total_amount=0)
    Payment.objects.update(amount=0)
    payment.refresh_from_db()
    return payment


def test_a_session_without_a_payment_settles_on_look_up(client: Client, stripe: Stripe, free: Payment) -> None:
    stripe.answers["GET", "/v1/checkout/sessions/cs_1"] = (200, NOTHING)
    client.get(f"/orders/{free.order.secret}/returned/")
    assert Order.objects.get().state == "paid"


def test_the_webhook_of_a_session_without_a_payment_settles_once(client: Client, free: Payment) -> None:
    payload = {**NOTHING, "client_reference_id": str(free.key)}
    for _ in range(2):
        assert post(client, "checkout.session.completed", payload).status_code == 200
    assert Order.objects.get().state == "paid"
    assert free.order.events.filter(kind="paid").count() == 1


def test_a_completed_session_with_a_pending_payment_settles_nothing(client: Client, payment: Payment) -> None:
    payload = {**NOTHING, "payment_status": "unpaid", "client_reference_id": str(payment.key)}
    assert post(client, "checkout.session.completed", payload).status_code == 200
    assert Order.objects.get().state == "pending"


def test_a_rejected_charge_fails_with_stripes_message(client: Client, stripe: Stripe, db: None) -> None:
    deliver_to("DE")
    error = {"type": "invalid_request_error", "code": "amount_too_small", "message": "Amount must be at least €0.50"}
    stripe.answers["POST", "/v1/checkout/sessions"] = (400, {"error": error})
    order = place_order((cart := cart_of(article())).pk, purchase(cart, gateway="stripe"), NOW)
    pay(order, BACK, NOW)
    payment = order.payments.get()
    assert (payment.status, payment.error) == ("failed", "Amount must be at least €0.50")


@pytest.mark.parametrize(("intent", "status"), [(INTENT, "captured"), ({**INTENT, "status": "canceled"}, "failed")])
def test_capturing_a_settled_intent_settles_it_here(
    client: Client, stripe: Stripe, payment: Payment, intent: Any, status: str
) -> None:
    post(client, "payment_intent.amount_capturable_updated", about(payment, **HELD))
    stripe.answers["GET", "/v1/checkout/sessions/cs_1"] = (200, {**SESSION, "payment_intent": "pi_1"})
    stripe.answers["POST", "/v1/payment_intents/pi_1/capture"] = TAKEN
    stripe.answers["GET", "/v1/payment_intents/pi_1"] = (200, intent)
    assert capture_payment(payment.pk, "staff", NOW).status == status


def test_the_return_url_uses_the_site_url(client: Client, settings: Any, stripe: Stripe, db: None) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://shop.example", ["inner.name"]
    deliver_to("DE")
    order = place_order((cart := cart_of(article())).pk, purchase(cart, gateway="stripe"), NOW)
    client.post(f"/orders/{order.secret}/pay/", {"payment": "stripe"}, headers={"Host": "inner.name"})
    sent = stripe.asked[-1][2]
    assert sent["success_url"] == [f"https://shop.example/orders/{order.secret}/returned/"]
