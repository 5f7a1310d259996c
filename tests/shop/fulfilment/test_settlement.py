"""Settlement of payments that are late, repeated, wrong, or for expired and cancelled orders."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop.checkout.services import place_order
from shop.fulfilment.actions import cancel_order
from shop.fulfilment.payment import pay_again
from shop.fulfilment.settlement import settle
from shop.fulfilment.sweepers import expire_orders, reconcile_payments, reconcile_refunds, reconcile_releases
from shop.orders.models import Order
from shop.orders.states import ActionRefused, State
from shop.payments.gateways.interface import Outcome, Status
from shop.payments.models import Payment, Refund, TestCharge
from tests.purchases import (
    BACK,
    DECLINED,
    GOOD,
    LATER,
    NOW,
    OTHER_AMOUNT,
    OTHER_CURRENCY,
    PROMISED,
    TIMEOUT,
    UNREACHED,
    VOID_DOWN,
    article,
    books_balance,
    buy,
    cart_of,
    kinds,
    mails,
    purchase,
    total_refunded,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("delivery")]


def test_an_order_is_paid_with_another_card_after_a_declined_one() -> None:
    order = buy(cart_of(article()), card=DECLINED)
    assert order.state == State.PENDING
    assert mails() == ["orders/payment_failed"]
    payment = pay_again(order.pk, "test", {"card": GOOD}, BACK, NOW)
    order.refresh_from_db()
    assert payment is not None
    assert (payment.status, order.state) == (Payment.Status.CAPTURED, State.PAID)
    assert order.payments.count() == 2
    with pytest.raises(ActionRefused):
        pay_again(order.pk, "test", {"card": GOOD}, BACK, NOW)
    books_balance()


def test_an_unpaid_order_expires_and_releases_its_stock() -> None:
    mug = article(stock=1)
    cart = cart_of(mug)
    order = place_order(cart.pk, purchase(cart), NOW)
    assert expire_orders(NOW) == 0
    assert (expire_orders(LATER), expire_orders(LATER)) == (1, 0)
    order.refresh_from_db()
    mug.refresh_from_db()
    assert (order.state, order.stock, mug.on_hand, mug.reserved) == (State.CANCELLED, "released", 1, 0)
    books_balance()


def test_a_payment_captured_without_an_answer_is_reconciled() -> None:
    order = buy(cart_of(article()), card=TIMEOUT)
    assert order.state == State.PENDING
    assert reconcile_payments(LATER) == 1
    order.refresh_from_db()
    assert order.state == State.PAID
    books_balance()


def test_an_order_that_was_paid_does_not_expire() -> None:
    buy(cart_of(article()), card=TIMEOUT)
    assert expire_orders(LATER) == 0
    assert Order.objects.get().state == State.PAID
    books_balance()


def test_a_request_that_never_arrived_can_be_repeated() -> None:
    order = buy(cart_of(article()), card=UNREACHED)
    assert (order.state, TestCharge.objects.count()) == (State.PENDING, 0)
    pay_again(order.pk, "test", {"card": GOOD}, BACK, NOW)
    assert Order.objects.get().state == State.PAID
    assert Payment.objects.count() == 1
    books_balance()


@pytest.mark.parametrize("card", [OTHER_AMOUNT, OTHER_CURRENCY])
def test_another_amount_or_currency_is_refused_and_flagged(card: str) -> None:
    order = buy(cart_of(article()), card=card)
    payment = Payment.objects.get()
    assert (order.state, payment.status) == (State.PENDING, Payment.Status.STARTED)
    assert "The provider reported" in payment.flag
    assert kinds(order).count("payment flagged") == 1
    reconcile_payments(LATER)
    assert kinds(order).count("payment flagged") == 1


def test_payment_after_expiry_reserves_the_stock_again() -> None:
    mug = article(stock=1)
    cart = cart_of(mug)
    order = place_order(cart.pk, purchase(cart, card=TIMEOUT), NOW)
    expire_orders(LATER)
    pay(order, LATER)
    mug.refresh_from_db()
    order.refresh_from_db()
    assert (order.state, order.stock, mug.on_hand, mug.reserved) == (State.PAID, "sold", 0, 0)
    books_balance()


def test_payment_after_expiry_is_refunded_if_sold_out() -> None:
    mug = article(stock=1)
    cart = cart_of(mug)
    order = place_order(cart.pk, purchase(cart, card=TIMEOUT), NOW)
    expire_orders(LATER)
    other = buy(cart_of(mug), now=LATER)
    pay(order, LATER)
    order.refresh_from_db()
    assert (other.state, order.state) == (State.PAID, State.CANCELLED)
    assert Refund.objects.get().status == Refund.Status.REQUESTED
    assert reconcile_refunds(LATER + timedelta(hours=2)) == 1
    assert Refund.objects.get().status == Refund.Status.DONE
    assert {"orders/too_late", "orders/refunded"} <= set(mails())
    assert total_refunded() == Decimal("14.90")
    books_balance()


def pay(order: Order, now: Any) -> None:
    """Report a payment after the order has expired: the customer still had the provider's page open."""
    Payment.objects.filter(order=order).update(status=Payment.Status.STARTED, created_at=now)
    charge = TestCharge.objects.create(
        key=str(order.payments.get().key), amount=order.total_amount, currency="EUR", scenario="paid",
        status="captured", created_at=now,
    )  # fmt: skip
    assert charge
    reconcile_payments(now + timedelta(hours=1))


def test_a_second_payment_is_refunded() -> None:
    order = buy(cart_of(article()), card=DECLINED)
    first = order.payments.get()
    pay_again(order.pk, "test", {"card": GOOD}, BACK, NOW)
    TestCharge.objects.filter(key=str(first.key)).update(status="captured")  # reported as failed, captured after all
    settle(first.pk, Outcome(Status.CAPTURED, first.amount, "EUR"), NOW)
    reconcile_refunds(LATER)
    assert total_refunded() == order.total_amount
    assert Refund.objects.get().payment == first
    assert Order.objects.get().state == State.PAID
    books_balance()


def test_a_payment_for_a_cancelled_order_is_refunded() -> None:
    mug = article(stock=1)
    order = buy(cart_of(mug), card=TIMEOUT)
    cancel_order(order.pk, "staff", NOW)
    reconcile_payments(LATER)
    reconcile_refunds(LATER + timedelta(hours=2))
    order.refresh_from_db()
    mug.refresh_from_db()
    assert (order.state, mug.on_hand, mug.reserved) == (State.CANCELLED, 1, 0)
    assert total_refunded() == order.total_amount
    books_balance()


def test_a_voided_authorisation_lets_the_order_expire() -> None:
    order = buy(cart_of(article()), card=PROMISED)
    payment = order.payments.get()
    settle(payment.pk, Outcome(Status.FAILED, payment.amount, "EUR", error="voided"), NOW)
    assert expire_orders(LATER) == 1
    books_balance()


def test_the_authorisation_of_a_cancelled_order_is_released() -> None:
    order = buy(cart_of(article()), card=PROMISED)
    cancel_order(order.pk, "staff", NOW)
    payment = order.payments.get()
    assert (payment.status, payment.flag, TestCharge.objects.get().status) == ("failed", "", "failed")
    assert kinds(order)[-2:] == ["cancelled", "payment released"]
    assert "orders/payment_failed" not in mails()
    assert reconcile_releases(LATER) == 0
    books_balance()


def test_cancelling_an_order_on_invoice_ends_its_payment() -> None:
    order = buy(cart_of(article()), gateway="invoice")
    cancel_order(order.pk, "staff", NOW)
    assert order.payments.get().status == Payment.Status.FAILED


def test_a_release_without_an_answer_is_asked_for_again() -> None:
    order = buy(cart_of(article()), card=VOID_DOWN)
    cancel_order(order.pk, "staff", NOW)
    assert order.payments.get().status == Payment.Status.RELEASING
    assert (reconcile_releases(NOW), reconcile_releases(LATER), reconcile_releases(LATER)) == (0, 1, 0)
    assert order.payments.get().status == Payment.Status.FAILED
    assert kinds(order).count("payment released") == 1


def test_a_payment_captured_before_its_release_is_refunded() -> None:
    order = buy(cart_of(article()), card=VOID_DOWN)
    TestCharge.objects.update(status="captured")  # captured by staff on the bank's page
    cancel_order(order.pk, "staff", NOW)
    assert order.payments.get().status == Payment.Status.CAPTURED
    reconcile_refunds(LATER)
    assert total_refunded() == order.total_amount
    books_balance()


def test_an_authorisation_after_cancelling_is_released() -> None:
    order = place_order((cart := cart_of(article())).pk, purchase(cart, card=PROMISED), NOW)
    payment = order.payments.get()
    TestCharge.objects.create(
        key=str(payment.key), amount=payment.amount, currency="EUR", scenario="authorised", status="authorised",
        created_at=NOW,
    )  # fmt: skip
    cancel_order(order.pk, "staff", NOW)
    Payment.objects.update(status=Payment.Status.STARTED)  # the customer still had the provider's page open
    settle(payment.pk, Outcome(Status.AUTHORISED, payment.amount, "EUR"), NOW)
    assert order.payments.get().status == Payment.Status.RELEASING
    assert (reconcile_releases(LATER), TestCharge.objects.get().status) == (1, "failed")
    settle(payment.pk, Outcome(Status.AUTHORISED, payment.amount, "EUR"), LATER)
    assert order.payments.get().status == Payment.Status.FAILED


def test_an_authorisation_that_is_not_released_is_flagged() -> None:
    order = buy(cart_of(article()), card=PROMISED)
    cancel_order(order.pk, "staff", NOW)
    TestCharge.objects.update(status="pending")
    Payment.objects.update(status=Payment.Status.RELEASING)
    for _ in range(2):
        reconcile_releases(LATER)
    assert "Release it" in order.payments.get().flag
    assert kinds(order).count("payment flagged") == 1
