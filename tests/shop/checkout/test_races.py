"""Race tests, with a database connection per runner. Each has a twin without the guard that shows the damage."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test import Client

from catalog import stock
from catalog.models import Variant
from shop.cart.models import Cart
from shop.checkout.services import CheckoutRefused, place_order
from shop.fulfilment.actions import cancel_order, ship_order
from shop.fulfilment.payment import capture_payment, pay, pay_again
from shop.fulfilment.refunds import refund_payment
from shop.fulfilment.settlement import settle
from shop.fulfilment.sweepers import expire_orders, reconcile_payments, reconcile_refunds, reconcile_releases
from shop.models import Mail
from shop.orders.models import Invoice, Order, ShipmentLine
from shop.orders.states import ActionRefused, TransitionRefused
from shop.payments.gateways.interface import Outcome, Status
from shop.payments.gateways.testbank import SIGNATURE, sign, webhook
from shop.payments.models import Payment, Refund, TestCharge
from shop.promotions.models import Voucher
from tests.purchases import (
    BACK,
    DECLINED,
    GOOD,
    LATE,
    NOW,
    PROMISED,
    TIMEOUT,
    article,
    books_balance,
    buy,
    cart_of,
    purchase,
    sold_of,
    voucher,
)
from tests.races import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("delivery")]
MANY = 10
HOURS = timedelta(hours=2)


def succeeded(answers: list[Any]) -> list[Any]:
    """Return the answers without refusals. Any other exception fails the test."""
    refusals = (CheckoutRefused, ActionRefused, ActionRefused, TransitionRefused)
    strange = [each for each in answers if isinstance(each, Exception) and not isinstance(each, refusals)]
    assert not strange, strange
    return [each for each in answers if not isinstance(each, Exception)]


def paid_outcome(payment: Payment) -> Outcome:
    return Outcome(Status.CAPTURED, payment.amount, payment.currency, f"test-{payment.key}")


# --- The last item


def test_one_of_20_buyers_gets_the_last_item() -> None:
    mug = article(stock=1)
    carts = [cart_of(mug) for _ in range(20)]
    bought = [purchase(cart) for cart in carts]
    orders = succeeded(race(20, lambda number: place_order(carts[number].pk, bought[number], NOW)))
    mug.refresh_from_db()
    assert (len(orders), Order.objects.count(), mug.reserved) == (1, 1, 1)
    books_balance()


def test_twin_without_the_conditional_update_sells_the_last_item_twice() -> None:
    mug, have_read = article(stock=1), Barrier(20)

    def naive(_number: int) -> str:
        seen = Variant.objects.get(pk=mug.pk).available
        have_read.wait(60)
        if seen < 1:
            raise CheckoutRefused("out_of_stock", "none left")
        with transaction.atomic():
            Variant.objects.filter(pk=mug.pk).update(reserved=1)
        return "sold"

    assert len(succeeded(race(20, naive))) > 1


# --- Pressing Buy ten times


def test_pressing_buy_ten_times_at_once_gives_one_order_and_one_charge() -> None:
    cart = cart_of(article(stock=50))
    bought = purchase(cart)

    def press(_number: int) -> int:
        order = place_order(cart.pk, bought, NOW)
        pay(order, BACK, NOW)
        return order.pk

    answers = succeeded(race(MANY, press))
    assert (len(answers), len(set(answers))) == (MANY, 1)
    assert (Order.objects.count(), TestCharge.objects.count(), Payment.objects.count()) == (1, 1, 1)
    assert Order.objects.get().state == "paid"
    books_balance()


def test_twin_without_the_cart_lock_gives_ten_orders() -> None:
    cart, have_read = cart_of(article(stock=50)), Barrier(MANY)
    fields = {"email": "a@example.com", "currency": "EUR", "goods_amount": 1, "total_amount": 1, "placed_at": NOW}

    def naive(_number: int) -> int:
        is_ordered = Cart.objects.get(pk=cart.pk).ordered_at is not None
        have_read.wait(60)
        assert not is_ordered
        return Order.objects.create(**fields).pk

    assert len(set(succeeded(race(MANY, naive)))) == MANY


# --- The last use of a voucher


def test_one_order_gets_the_last_use_of_a_voucher() -> None:
    voucher(limit_total=1)
    carts = [cart_of(article()) for _ in range(MANY)]
    bought = [
        replace(purchase(cart, voucher_code="TEN"), email=f"{number}@example.com") for number, cart in enumerate(carts)
    ]
    orders = succeeded(race(MANY, lambda number: place_order(carts[number].pk, bought[number], NOW)))
    assert (len(orders), Voucher.objects.get().used_count) == (1, 1)
    assert not Variant.objects.filter(reserved__gt=0).exclude(pk=orders[0].lines.get().variant_id).exists()
    books_balance()


def test_the_limit_per_customer_holds_in_two_tabs() -> None:
    voucher(limit_per_customer=1)
    carts = [cart_of(article()) for _ in range(MANY)]
    bought = [purchase(cart, voucher_code="TEN") for cart in carts]
    assert len(succeeded(race(MANY, lambda number: place_order(carts[number].pk, bought[number], NOW)))) == 1


def test_twin_without_the_conditional_update_uses_a_voucher_twice() -> None:
    code, have_read = voucher(limit_total=1), Barrier(MANY)

    def naive(_number: int) -> str:
        seen = Voucher.objects.get(pk=code.pk)
        have_read.wait(60)
        if seen.used_count >= 1:
            raise CheckoutRefused("voucher_refused", "used up")
        seen.used_count += 1
        seen.save()
        return "used"

    assert len(succeeded(race(MANY, naive))) == MANY
    assert Voucher.objects.get().used_count == 1, "the second use must not be detected"


# --- Webhook, browser and sweeper


def waiting(card: str = LATE) -> Payment:
    """Return a payment that the bank has captured and the shop does not know of yet."""
    order = place_order((cart := cart_of(article(stock=9))).pk, purchase(cart, card), NOW)
    pay(order, BACK, NOW)
    return order.payments.get()


def test_webhook_browser_and_sweeper_settle_once() -> None:
    payment = waiting()
    body = webhook(TestCharge.objects.get())
    ways: list[Callable[[], object]] = [
        lambda: Client().post(
            "/payments/webhooks/test/", body, content_type="application/json", headers={SIGNATURE: sign(body)}
        ),
        lambda: Client().get(f"/orders/{payment.order.secret}/returned/"),
        lambda: reconcile_payments(NOW + HOURS),
    ]
    succeeded(race(MANY, lambda number: ways[number % 3]()))
    order = Order.objects.get()
    assert order.state == "paid"
    assert order.events.filter(kind="paid").count() == 1
    assert (Invoice.objects.count(), Mail.objects.count()) == (1, 1)
    assert sold_of(Variant.objects.get().product) == 1
    books_balance()


def test_twin_without_the_payment_lock_sells_twice() -> None:
    payment, both = waiting(), Barrier(2)
    stock.reserve({Variant.objects.get().pk: 5}, stock.Reason("others", "other orders", NOW))

    def naive(_number: int) -> None:
        seen = Payment.objects.get(pk=payment.pk)
        both.wait(60)
        if seen.status == Payment.Status.CAPTURED:
            return
        with transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.CAPTURED)
            stock.consume(payment.order.quantities(), stock.Reason("naive", "", NOW))

    succeeded(race(2, naive))
    assert sold_of(Variant.objects.get().product) == 2


@pytest.mark.parametrize("times", [2])
def test_a_repeated_or_late_webhook_changes_nothing(times: int, client: Client) -> None:
    order = buy(cart_of(article()))
    body = webhook(TestCharge.objects.get())
    for _ in range(times):
        sent = client.post(
            "/payments/webhooks/test/", body, content_type="application/json", headers={SIGNATURE: sign(body)}
        )
        assert sent.status_code == 200
    assert order.events.count() == 3
    books_balance()


def test_webhooks_out_of_order_end_in_the_right_state() -> None:
    payment = waiting(TIMEOUT)
    settle(payment.pk, Outcome(Status.FAILED, payment.amount, "EUR", error="declined"), NOW)
    settle(payment.pk, paid_outcome(payment), NOW)
    settle(payment.pk, Outcome(Status.PENDING, payment.amount, "EUR"), NOW)
    settle(payment.pk, Outcome(Status.FAILED, payment.amount, "EUR", error="declined"), NOW)
    payment.refresh_from_db()
    assert (payment.status, payment.order.state) == (Payment.Status.CAPTURED, "paid")
    books_balance()


@pytest.mark.parametrize("change", ["signature", "body", "none"])
def test_a_forged_webhook_is_answered_with_400_and_stores_nothing(client: Client, change: str) -> None:
    payment = waiting()
    body = webhook(TestCharge.objects.get())
    signature = {"signature": "0" * 64, "body": sign(body), "none": ""}[change]
    event = {**json.loads(body), "amount": "0.01"} if change == "body" else json.loads(body)
    sent = client.post(
        "/payments/webhooks/test/", json.dumps(event), content_type="application/json", headers={SIGNATURE: signature}
    )
    assert sent.status_code == 400
    payment.refresh_from_db()
    assert (payment.status, Order.objects.get().state) == (Payment.Status.STARTED, "pending")


@pytest.mark.parametrize("gateway", ["nobody", "invoice", "stripe"])
def test_webhooks_for_unknown_gateways_are_refused(client: Client, gateway: str) -> None:
    sent = client.post(f"/payments/webhooks/{gateway}/", b"{}", content_type="application/json")
    assert sent.status_code == (404 if gateway == "nobody" else 400)


@pytest.mark.parametrize(("amount", "currency"), [("14.89", "EUR"), ("14.90", "USD")])
def test_a_signed_webhook_with_another_amount_is_flagged(client: Client, amount: str, currency: str) -> None:
    payment = waiting()
    event = {**json.loads(webhook(TestCharge.objects.get())), "amount": amount, "currency": currency}
    body = json.dumps(event).encode()
    sent = client.post(
        "/payments/webhooks/test/", body, content_type="application/json", headers={SIGNATURE: sign(body)}
    )
    assert sent.status_code == 200
    payment.refresh_from_db()
    assert payment.flag
    assert Order.objects.get().state == "pending"


# --- Two refunds


def test_two_refunds_at_once_never_exceed_the_payment() -> None:
    payment = buy(cart_of(article())).payments.get()
    more: dict[str, Any] = {"restocks": False, "reason": "", "now": NOW}
    answers = race(MANY, lambda number: refund_payment(payment.pk, Decimal(9), {}, who=f"staff {number}", **more))
    assert len(succeeded(answers)) == 1
    assert Refund.objects.count() == 1
    books_balance()


def test_twin_without_the_payments_lock_two_refunds_exceed_the_payment() -> None:
    payment, both = buy(cart_of(article())).payments.get(), Barrier(2)

    def naive(_number: int) -> None:
        left = Payment.objects.get(pk=payment.pk).refundable_amount
        both.wait(60)
        if left >= 9:
            Refund.objects.create(payment=payment, amount=9, who="naive", created_at=NOW, updated_at=NOW)

    succeeded(race(2, naive))
    assert Refund.objects.aggregate(sum=Sum("amount"))["sum"] > payment.amount


def test_a_refund_swept_by_many_is_refunded_once() -> None:
    payment = buy(cart_of(article())).payments.get()
    with transaction.atomic():
        Refund.objects.create(payment=payment, amount=5, who="staff", created_at=NOW, updated_at=NOW)
    succeeded(race(MANY, lambda _number: reconcile_refunds(NOW + HOURS)))
    assert TestCharge.objects.get().refunded_amount == 5
    assert Mail.objects.filter(kind="orders/refunded").count() == 1
    books_balance()


# --- Different actions at once


def test_simultaneous_payment_and_expiry_balance() -> None:
    payments = [waiting(TIMEOUT) for _ in range(4)]
    ways: list[Callable[[Payment], object]] = [
        lambda payment: settle(payment.pk, paid_outcome(payment), NOW + HOURS),
        lambda _payment: expire_orders(NOW + HOURS),
        lambda payment: cancel_order(payment.order_id, "staff", NOW + HOURS),
    ]
    succeeded(race(12, lambda number: ways[number % 3](payments[number // 3])))
    reconcile_payments(NOW + 2 * HOURS)
    reconcile_refunds(NOW + 3 * HOURS)
    states = {(order.state, order.stock) for order in Order.objects.all()}
    assert states <= {("paid", "sold"), ("cancelled", "sold"), ("cancelled", "released")}
    books_balance()


def test_a_simultaneous_capture_and_release_keep_or_refund_the_payment() -> None:
    payments = [buy(cart_of(article()), card=PROMISED).payments.get() for _ in range(5)]
    ways: list[Callable[[Payment], object]] = [
        lambda payment: capture_payment(payment.pk, "staff", NOW),
        lambda payment: cancel_order(payment.order_id, "staff", NOW),
    ]
    answers = race(MANY, lambda number: ways[number % 2](payments[number // 2]))
    succeeded([each for each in answers if not isinstance(each, ActionRefused)])
    reconcile_releases(NOW + HOURS)
    reconcile_refunds(NOW + 2 * HOURS)
    for payment in Payment.objects.select_related("order"):
        assert payment.order.state == "cancelled"
        assert payment.status == Payment.Status.FAILED or payment.refundable_amount == 0
    books_balance()


def test_pressing_pay_now_ten_times_begins_one_payment() -> None:
    order = buy(cart_of(article()), card=DECLINED)
    succeeded(race(MANY, lambda _number: pay_again(order.pk, "test", {"card": GOOD}, BACK, NOW)))
    assert TestCharge.objects.filter(status="captured").count() == 1
    assert Order.objects.get().state == "paid"
    books_balance()


def test_two_simultaneous_parcels_do_not_exceed_the_order() -> None:
    order = buy(cart_of(article(stock=9), quantity=3))
    line = order.lines.get().pk
    answers = race(4, lambda _number: ship_order(order.pk, {line: 2}, "staff", NOW))
    assert len(succeeded(answers)) == 1
    assert ShipmentLine.objects.aggregate(sum=Sum("quantity"))["sum"] == 2


def test_two_simultaneous_cancellations_refund_once() -> None:
    mug = article(stock=5)
    order = buy(cart_of(mug, quantity=2))
    succeeded(race(MANY, lambda _number: cancel_order(order.pk, "staff", NOW)))
    mug.refresh_from_db()
    assert (mug.on_hand, Refund.objects.count()) == (5, 1)
    books_balance()


def test_invoices_of_simultaneous_payments_have_no_gaps() -> None:
    payments = [waiting(TIMEOUT) for _ in range(MANY)]
    succeeded(race(MANY, lambda number: settle(payments[number].pk, paid_outcome(payments[number]), NOW)))
    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, MANY + 1))


def test_a_provider_is_never_asked_inside_a_transaction() -> None:
    order = place_order((cart := cart_of(article())).pk, purchase(cart), NOW)
    with transaction.atomic(), pytest.raises(RuntimeError):
        pay(order, BACK, NOW)
    assert not connection.in_atomic_block
