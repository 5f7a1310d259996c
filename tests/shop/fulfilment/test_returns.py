"""What comes back: announced, received, refunded once, and never more than was sent."""

from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from catalog.models import Variant
from shop.fulfilment.actions import ship_order
from shop.fulfilment.refunds import refund_payment
from shop.fulfilment.returns import announce_return, decline_return, receive_return, refund_return, returnable
from shop.fulfilment.sweepers import reconcile_refunds
from shop.orders.models import Order, Return, ReturnLine
from shop.orders.returns import ReturnRefused
from shop.payments.models import Payment, Refund
from shop.payments.services import RefundRefused
from tests.purchases import (
    NOW,
    REFUND_DOWN,
    article,
    books_balance,
    buy,
    cart_of,
    deliver_to,
    kinds,
    mails,
    total_refunded,
)
from tests.races import race

pytestmark = pytest.mark.django_db
WHY: dict[str, Any] = {"reason": "damaged", "who": "alice@example.com", "now": NOW}
LATE = NOW + timedelta(days=31)


@pytest.fixture(autouse=True)
def _delivery(db: None) -> None:
    deliver_to("DE")


def sent(pieces: int = 3, shipped: int | None = None, **more: Any) -> tuple[Order, int]:
    """An order of so many pieces of which so many were sent, and the key of its line."""
    order = buy(cart_of(article("10.00", stock=pieces), quantity=pieces), **more)
    line = order.lines.get().pk
    ship_order(order.pk, {line: shipped or pieces}, "staff", NOW)
    return order, line


def shelf() -> int:
    return Variant.objects.get().on_hand


def test_a_return_goes_from_announced_to_refunded() -> None:
    order, line = sent(3)
    made = announce_return(order.pk, {line: 2}, **WHY)
    assert (made.state, returnable(order)) == ("announced", {line: 1})
    receive_return(made.pk, {line: 2}, {line: 1}, "staff", NOW)
    assert shelf() == 1
    refund = refund_return(made.pk, Decimal("20.00"), "staff", NOW)
    made.refresh_from_db()
    assert refund
    assert (made.state, refund.status, made.closed_at) == ("refunded", Refund.Status.DONE, NOW)
    assert (total_refunded(), shelf()) == (Decimal("20.00"), 1)
    assert kinds(order)[-4:] == ["return announced", "return received", "refund requested", "refunded"]
    assert {"orders/return_announced", "orders/return_received", "orders/refunded"} <= set(mails())
    books_balance()


def test_no_more_comes_back_than_was_sent() -> None:
    order, line = sent(3, shipped=2)
    for wrong in ({line: 3}, {line: -1}, {}, {line: 0}, {line + 1: 1}):
        with pytest.raises(ReturnRefused):
            announce_return(order.pk, wrong, **WHY)
    announce_return(order.pk, {line: 1}, **WHY)
    with pytest.raises(ReturnRefused):
        announce_return(order.pk, {line: 2}, **WHY)
    announce_return(order.pk, {line: 1}, **WHY)
    assert returnable(order) == {}


def test_what_was_not_sent_does_not_come_back() -> None:
    order = buy(cart_of(article()))
    with pytest.raises(ReturnRefused, match="Nothing of this order"):
        announce_return(order.pk, {order.lines.get().pk: 1}, **WHY)


def test_customers_have_so_many_days_and_staff_take_late_ones() -> None:
    order, line = sent(1)
    with pytest.raises(ReturnRefused, match="could be returned until"):
        announce_return(order.pk, {line: 1}, **{**WHY, "now": LATE})
    announce_return(order.pk, {line: 1}, **{**WHY, "now": LATE}, is_late_accepted=True)


def test_a_piece_that_was_paid_back_without_a_return_does_not_come_back_again() -> None:
    order, line = sent(2)
    payment = order.payments.get()
    refund_payment(payment.pk, Decimal(10), {line: 1}, restocks=False, reason="", who="staff", now=NOW)
    assert returnable(order) == {line: 1}
    announce_return(order.pk, {line: 1}, **WHY)
    with pytest.raises(RefundRefused, match="More pieces"):
        refund_payment(payment.pk, Decimal(10), {line: 1}, restocks=True, reason="", who="staff", now=NOW)


def test_pieces_that_did_not_arrive_can_be_announced_again() -> None:
    order, line = sent(2)
    made = announce_return(order.pk, {line: 2}, **WHY)
    for wrong in (({line: 3}, {}), ({line: 1}, {line: 2})):
        with pytest.raises(ReturnRefused):
            receive_return(made.pk, *wrong, "staff", NOW)
    assert shelf() == 0
    receive_return(made.pk, {line: 1}, {}, "staff", NOW)
    assert (returnable(order), shelf()) == ({line: 1}, 0)
    with pytest.raises(ReturnRefused):
        receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW)


def test_money_goes_back_only_for_what_has_arrived_and_once() -> None:
    order, line = sent(1)
    made = announce_return(order.pk, {line: 1}, **WHY)
    with pytest.raises(ReturnRefused):
        refund_return(made.pk, Decimal(5), "staff", NOW)
    receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW)
    with pytest.raises(RefundRefused):
        refund_return(made.pk, Decimal(1000), "staff", NOW)
    refund_return(made.pk, Decimal(5), "staff", NOW)
    with pytest.raises(ReturnRefused):
        refund_return(made.pk, Decimal(5), "staff", NOW)
    with pytest.raises(ReturnRefused):
        decline_return(made.pk, "no", "staff", NOW)
    assert total_refunded() == 5


def test_a_refund_whose_answer_is_lost_closes_its_return_when_it_comes() -> None:
    order, line = sent(1, card=REFUND_DOWN)
    made = announce_return(order.pk, {line: 1}, **WHY)
    receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW)
    refund_return(made.pk, Decimal(10), "staff", NOW)
    with pytest.raises(ReturnRefused):
        refund_return(made.pk, Decimal(1), "s", NOW)
    with pytest.raises(ReturnRefused):
        decline_return(made.pk, "", "s", NOW)
    reconcile_refunds(NOW + timedelta(hours=1))
    assert (Return.objects.get().state, total_refunded()) == ("refunded", Decimal(10))
    books_balance()


def test_a_refund_that_the_provider_refuses_can_be_tried_again() -> None:
    order, line = sent(1)
    made = announce_return(order.pk, {line: 1}, **WHY)
    receive_return(made.pk, {line: 1}, {}, "staff", NOW)
    Refund.objects.create(
        payment=order.payments.get(), amount=1, status=Refund.Status.FAILED, of_return=made, who="staff",
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    refund = refund_return(made.pk, Decimal(10), "staff", NOW)
    assert refund
    assert refund.status == Refund.Status.DONE


def test_a_return_of_an_unpaid_order_is_closed_without_money_and_keeps_what_is_on_the_shelf() -> None:
    order, line = sent(2, gateway="invoice")
    made = announce_return(order.pk, {line: 2}, **WHY)
    receive_return(made.pk, {line: 2}, {line: 1}, "staff", NOW)
    with pytest.raises(ReturnRefused, match="not paid"):
        refund_return(made.pk, Decimal(1), "staff", NOW)
    decline_return(made.pk, "Not paid yet: pay less.", "staff", NOW)
    assert (Return.objects.get().state, returnable(order)) == ("declined", {line: 1})
    assert "orders/return_declined" in mails()


# --- All at once


@pytest.mark.django_db(transaction=True)
def test_of_ten_returns_of_one_piece_at_once_one_is_taken() -> None:
    order, line = sent(1)
    answers = race(10, lambda _number: announce_return(order.pk, {line: 1}, **WHY))
    assert {type(each) for each in answers} == {Return, ReturnRefused}
    assert ReturnLine.objects.aggregate(sum=Sum("quantity"))["sum"] == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_orders_lock_the_piece_comes_back_twice() -> None:
    order, line = sent(1)
    have_read = Barrier(2)

    def naive(_number: int) -> None:
        left = returnable(order)
        have_read.wait(60)
        if left.get(line):
            with transaction.atomic():
                made = Return.objects.create(order=order, reason="other", who="naive", announced_at=NOW)
                ReturnLine.objects.create(of_return=made, order_line_id=line, quantity=1)

    race(2, naive)
    assert ReturnLine.objects.aggregate(sum=Sum("quantity"))["sum"] == 2


@pytest.mark.django_db(transaction=True)
def test_a_return_that_is_received_and_refunded_by_many_at_once_moves_stock_and_money_once() -> None:
    order, line = sent(1)
    made = announce_return(order.pk, {line: 1}, **WHY)
    race(6, lambda _number: receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW))
    assert shelf() == 1
    answers = race(6, lambda number: refund_return(made.pk, Decimal(2), f"staff {number}", NOW))
    assert {type(each) for each in answers} == {Refund, ReturnRefused}
    assert (Refund.objects.count(), total_refunded()) == (1, Decimal(2))
    books_balance()


@pytest.mark.django_db(transaction=True)
def test_a_return_and_a_refund_of_the_same_piece_at_once_do_not_both_happen() -> None:
    order, line = sent(1)
    payment = Payment.objects.get()
    back: dict[str, Any] = {"restocks": True, "reason": "", "who": "staff", "now": NOW}
    ways: list[Any] = [
        lambda: announce_return(order.pk, {line: 1}, **WHY),
        lambda: refund_payment(payment.pk, Decimal(1), {line: 1}, **back),
    ]
    answers = race(8, lambda number: ways[number % 2]())
    assert sum(not isinstance(each, Exception) for each in answers) == 1
    assert {type(each) for each in answers if isinstance(each, Exception)} <= {ReturnRefused, RefundRefused}
