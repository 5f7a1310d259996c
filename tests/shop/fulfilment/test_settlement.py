"""Being paid: late, twice, in other money, after expiry, by another card."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop.checkout.services import place_order
from shop.fulfilment.actions import cancel_order
from shop.fulfilment.payment import ActionRefused, pay_again
from shop.fulfilment.settlement import settle
from shop.fulfilment.sweepers import expire_orders, reconcile_payments, reconcile_refunds, reconcile_releases
from shop.orders.models import Order
from shop.orders.states import State
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


def test_a_declined_card_leaves_an_order_that_another_card_pays() -> None:
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


def test_an_unpaid_order_expires_and_frees_its_stock() -> None:
    mug = article(stock=1)
    cart = cart_of(mug)
    order = place_order(cart.pk, purchase(cart), NOW)
    assert expire_orders(NOW) == 0
    assert (expire_orders(LATER), expire_orders(LATER)) == (1, 0)
    order.refresh_from_db()
    mug.refresh_from_db()
    assert (order.state, order.stock, mug.on_hand, mug.reserved) == (State.CANCELLED, "released", 1, 0)
    books_balance()


def test_money_that_was_taken_while_the_provider_was_silent_is_found() -> None:
    order = buy(cart_of(article()), card=TIMEOUT)
    assert order.state == State.PENDING
    assert reconcile_payments(LATER) == 1
    order.refresh_from_db()
    assert order.state == State.PAID
    books_balance()


def test_an_order_whose_money_was_taken_does_not_expire() -> None:
    buy(cart_of(article()), card=TIMEOUT)
    assert expire_orders(LATER) == 0
    assert Order.objects.get().state == State.PAID
    books_balance()


def test_a_request_that_never_reached_the_provider_takes_no_money_and_can_be_repeated() -> None:
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
    assert "were asked for" in payment.flag
    assert kinds(order).count("payment flagged") == 1
    reconcile_payments(LATER)
    assert kinds(order).count("payment flagged") == 1


def test_paid_after_expiry_takes_the_stock_again() -> None:
    mug = article(stock=1)
    cart = cart_of(mug)
    order = place_order(cart.pk, purchase(cart, card=TIMEOUT), NOW)
    expire_orders(LATER)
    pay(order, LATER)
    mug.refresh_from_db()
    order.refresh_from_db()
    assert (order.state, order.stock, mug.on_hand, mug.reserved) == (State.PAID, "sold", 0, 0)
    books_balance()


def test_paid_after_expiry_goes_back_where_the_last_one_is_gone() -> None:
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
    """The money comes although the order has expired: the customer had the provider's page open."""
    Payment.objects.filter(order=order).update(status=Payment.Status.STARTED, created_at=now)
    charge = TestCharge.objects.create(
        key=str(order.payments.get().key), amount=order.total_amount, currency="EUR", scenario="paid",
        status="captured", created_at=now,
    )  # fmt: skip
    assert charge
    reconcile_payments(now + timedelta(hours=1))


def test_money_that_comes_twice_goes_back_once() -> None:
    order = buy(cart_of(article()), card=DECLINED)
    first = order.payments.get()
    pay_again(order.pk, "test", {"card": GOOD}, BACK, NOW)
    TestCharge.objects.filter(key=str(first.key)).update(status="captured")  # the bank thought again
    settle(first.pk, Outcome(Status.CAPTURED, first.amount, "EUR"), NOW)
    reconcile_refunds(LATER)
    assert total_refunded() == order.total_amount
    assert Refund.objects.get().payment == first
    assert Order.objects.get().state == State.PAID
    books_balance()


def test_money_for_an_order_that_was_cancelled_goes_back() -> None:
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


def test_a_promise_that_is_taken_back_lets_the_order_expire() -> None:
    order = buy(cart_of(article()), card=PROMISED)
    payment = order.payments.get()
    settle(payment.pk, Outcome(Status.FAILED, payment.amount, "EUR", error="voided"), NOW)
    assert expire_orders(LATER) == 1
    books_balance()


def test_a_promise_for_a_cancelled_order_is_released() -> None:
    order = buy(cart_of(article()), card=PROMISED)
    cancel_order(order.pk, "staff", NOW)
    payment = order.payments.get()
    assert (payment.status, payment.flag, TestCharge.objects.get().status) == ("failed", "", "failed")
    assert kinds(order)[-2:] == ["cancelled", "payment released"]
    assert "orders/payment_failed" not in mails()
    assert reconcile_releases(LATER) == 0
    books_balance()


def test_a_promise_on_invoice_ends_with_its_order() -> None:
    order = buy(cart_of(article()), gateway="invoice")
    cancel_order(order.pk, "staff", NOW)
    assert order.payments.get().status == Payment.Status.FAILED


def test_a_release_whose_answer_is_lost_is_asked_for_again() -> None:
    order = buy(cart_of(article()), card=VOID_DOWN)
    cancel_order(order.pk, "staff", NOW)
    assert order.payments.get().status == Payment.Status.RELEASING
    assert (reconcile_releases(NOW), reconcile_releases(LATER), reconcile_releases(LATER)) == (0, 1, 0)
    assert order.payments.get().status == Payment.Status.FAILED
    assert kinds(order).count("payment released") == 1


def test_money_that_was_taken_before_the_release_goes_back() -> None:
    order = buy(cart_of(article()), card=VOID_DOWN)
    TestCharge.objects.update(status="captured")  # staff, at the bank's own page
    cancel_order(order.pk, "staff", NOW)
    assert order.payments.get().status == Payment.Status.CAPTURED
    reconcile_refunds(LATER)
    assert total_refunded() == order.total_amount
    books_balance()


def test_a_promise_that_comes_after_the_order_was_cancelled_is_released_too() -> None:
    order = place_order((cart := cart_of(article())).pk, purchase(cart, card=PROMISED), NOW)
    payment = order.payments.get()
    TestCharge.objects.create(
        key=str(payment.key), amount=payment.amount, currency="EUR", scenario="authorised", status="authorised",
        created_at=NOW,
    )  # fmt: skip
    cancel_order(order.pk, "staff", NOW)
    Payment.objects.update(status=Payment.Status.STARTED)  # the customer had the provider's page open
    settle(payment.pk, Outcome(Status.AUTHORISED, payment.amount, "EUR"), NOW)
    assert order.payments.get().status == Payment.Status.RELEASING
    assert (reconcile_releases(LATER), TestCharge.objects.get().status) == (1, "failed")
    settle(payment.pk, Outcome(Status.AUTHORISED, payment.amount, "EUR"), LATER)
    assert order.payments.get().status == Payment.Status.FAILED


def test_what_the_provider_does_not_let_go_of_is_flagged_for_staff() -> None:
    order = buy(cart_of(article()), card=PROMISED)
    cancel_order(order.pk, "staff", NOW)
    TestCharge.objects.update(status="pending")
    Payment.objects.update(status=Payment.Status.RELEASING)
    for _ in range(2):
        reconcile_releases(LATER)
    assert "Release it" in order.payments.get().flag
    assert kinds(order).count("payment flagged") == 1
