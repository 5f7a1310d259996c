"""Actions on orders: ship, capture, cancel, refund, and the invoice."""

from decimal import Decimal

import pytest

from shop.checkout.services import place_order
from shop.fulfilment.actions import cancel_order, complete_order, ship_order
from shop.fulfilment.payment import capture_payment
from shop.fulfilment.refunds import refund_payment
from shop.fulfilment.sweepers import expire_orders, reconcile_refunds
from shop.orders.models import Invoice, Order
from shop.orders.states import ActionRefused, State, TransitionRefused
from shop.payments.models import Refund
from shop.promotions.models import Voucher
from tests.purchases import (
    LATER,
    NOW,
    PROMISED,
    REFUND_DOWN,
    article,
    books_balance,
    buy,
    cart_of,
    mails,
    purchase,
    sold_of,
    total_refunded,
    voucher,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("delivery")]


def test_an_order_on_invoice_does_not_expire_and_ships_before_it_is_paid() -> None:
    mug = article(stock=2)
    order = buy(cart_of(mug), gateway="invoice")
    assert (order.state, order.expires_at, mails()) == (State.PENDING, None, ["orders/confirmed"])
    assert expire_orders(LATER) == 0
    ship_order(order.pk, {order.lines.get().pk: 1}, "staff", NOW, carrier="DHL", number="42")
    with pytest.raises(ActionRefused):
        complete_order(order.pk, "staff", NOW)
    capture_payment(order.payments.get().pk, "staff", NOW)
    complete_order(order.pk, "staff", NOW)
    order.refresh_from_db()
    mug.refresh_from_db()
    assert (order.state, mug.on_hand, mug.reserved) == (State.COMPLETED, 1, 0)
    assert mails() == ["orders/confirmed", "orders/shipped"]
    books_balance()


def test_staff_capture_an_authorised_payment_once() -> None:
    order = buy(cart_of(article()), card=PROMISED)
    assert order.state == State.PENDING
    capture_payment(order.payments.get().pk, "staff@example.com", NOW)
    order.refresh_from_db()
    assert order.state == State.PAID
    with pytest.raises(ActionRefused):
        capture_payment(order.payments.get().pk, "staff@example.com", NOW)
    books_balance()


def test_partial_shipments_never_exceed_the_order() -> None:
    order = buy(cart_of(article(stock=5), quantity=3))
    line = order.lines.get().pk
    ship_order(order.pk, {line: 1}, "staff", NOW)
    assert Order.objects.get().state == State.PAID
    for wrong in ({line: 3}, {line: -1}, {}, {line: 0}, {line + 1: 1}):
        with pytest.raises(ActionRefused):
            ship_order(order.pk, wrong, "staff", NOW)
    ship_order(order.pk, {line: 2}, "staff", NOW)
    assert Order.objects.get().state == State.SHIPPED
    with pytest.raises((TransitionRefused, ActionRefused)):
        ship_order(order.pk, {line: 1}, "staff", NOW)


def test_an_unpaid_order_is_not_shipped() -> None:
    cart = cart_of(article())
    order = place_order(cart.pk, purchase(cart), NOW)
    with pytest.raises(ActionRefused):
        ship_order(order.pk, {order.lines.get().pk: 1}, "staff", NOW)


def test_cancelling_a_paid_order_refunds_it_and_releases_stock_and_voucher() -> None:
    voucher(limit_total=1)
    mug = article(stock=3)
    order = buy(cart_of(mug, quantity=2), voucher_code="TEN")
    cancel_order(order.pk, "staff@example.com", NOW, "changed my mind")
    mug.refresh_from_db()
    order.refresh_from_db()
    assert (order.state, mug.on_hand, sold_of(mug.product)) == (State.CANCELLED, 3, 0)
    assert total_refunded() == order.total_amount
    assert Voucher.objects.get().used_count == 0
    with pytest.raises(TransitionRefused):
        cancel_order(order.pk, "staff@example.com", NOW)
    books_balance()


def test_a_shipped_order_is_not_cancelled() -> None:
    order = buy(cart_of(article(stock=5), quantity=2))
    ship_order(order.pk, {order.lines.get().pk: 1}, "staff", NOW)
    with pytest.raises(ActionRefused):
        cancel_order(order.pk, "staff", NOW)


def test_refunds_never_exceed_the_payment_and_lines_sum_to_the_cent() -> None:
    mug = article("3.33", stock=5)
    order = buy(cart_of(mug, quantity=3))
    payment, line = order.payments.get(), order.lines.get()

    def back(amount: str, units: dict[int, int], *, restocks: bool = True) -> Refund:
        return refund_payment(
            payment.pk, Decimal(amount), units, restocks=restocks, reason="broken", who="staff", now=NOW
        )

    assert back("3.33", {line.pk: 1}).status == Refund.Status.DONE
    back("6.66", {line.pk: 2}, restocks=False)
    mug.refresh_from_db()
    assert mug.on_hand == 3
    for amount, units in (("4.91", {}), ("0", {}), ("-1", {}), ("0.001", {}), ("1", {line.pk: 1}), ("1", {0: 1})):
        with pytest.raises(ActionRefused):
            back(amount, units)
    back("4.90", {})
    assert sum(each.amount for refund in Refund.objects.all() for each in refund.lines.all()) == line.total_amount
    assert mails().count("orders/refunded") == 3
    books_balance()


def test_a_refund_without_an_answer_is_refunded_once() -> None:
    order = buy(cart_of(article()), card=REFUND_DOWN)
    payment = order.payments.get()
    refund = refund_payment(payment.pk, Decimal("5"), {}, restocks=False, reason="", who="staff", now=NOW)
    assert refund.status == Refund.Status.REQUESTED
    assert reconcile_refunds(LATER) == 1
    assert (Refund.objects.get().status, total_refunded()) == (Refund.Status.DONE, Decimal("5"))
    assert reconcile_refunds(LATER) == 0
    books_balance()


def test_invoice_numbers_have_no_gaps() -> None:
    for _ in range(3):
        buy(cart_of(article()))
    assert list(Invoice.objects.values_list("number", flat=True)) == [1, 2, 3]
