"""Returns: announced, received, refunded once, and never more than was shipped."""

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
from shop.fulfilment.remaining import returnable
from shop.fulfilment.returns import announce_return, decline_return, receive_return, refund_return
from shop.fulfilment.sweepers import reconcile_refunds
from shop.orders.models import Order, Return, ReturnLine
from shop.orders.states import ActionRefused
from shop.payments.models import Payment, Refund
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


def sent(units: int = 3, shipped: int | None = None, **more: Any) -> tuple[Order, int]:
    """Return a partly shipped order and the key of its line."""
    order = buy(cart_of(article("10.00", stock=units), quantity=units), **more)
    line = order.lines.get().pk
    ship_order(order.pk, {line: shipped or units}, "staff", NOW)
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


def test_no_more_is_returned_than_was_shipped() -> None:
    order, line = sent(3, shipped=2)
    for wrong in ({line: 3}, {line: -1}, {}, {line: 0}, {line + 1: 1}):
        with pytest.raises(ActionRefused):
            announce_return(order.pk, wrong, **WHY)
    announce_return(order.pk, {line: 1}, **WHY)
    with pytest.raises(ActionRefused):
        announce_return(order.pk, {line: 2}, **WHY)
    announce_return(order.pk, {line: 1}, **WHY)
    assert returnable(order) == {}


def test_unshipped_items_cannot_be_returned() -> None:
    order = buy(cart_of(article()))
    with pytest.raises(ActionRefused, match="not been shipped"):
        announce_return(order.pk, {order.lines.get().pk: 1}, **WHY)


def test_customers_have_a_deadline_and_staff_accept_late_returns() -> None:
    order, line = sent(1)
    with pytest.raises(ActionRefused, match="could be returned until"):
        announce_return(order.pk, {line: 1}, **{**WHY, "now": LATE})
    announce_return(order.pk, {line: 1}, **{**WHY, "now": LATE}, is_late_accepted=True)


def test_a_unit_refunded_without_a_return_cannot_be_returned() -> None:
    order, line = sent(2)
    payment = order.payments.get()
    refund_payment(payment.pk, Decimal(10), {line: 1}, restocks=False, reason="", who="staff", now=NOW)
    assert returnable(order) == {line: 1}
    announce_return(order.pk, {line: 1}, **WHY)
    with pytest.raises(ActionRefused, match="fewer units left to refund"):
        refund_payment(payment.pk, Decimal(10), {line: 1}, restocks=True, reason="", who="staff", now=NOW)


def test_units_that_did_not_arrive_can_be_announced_again() -> None:
    order, line = sent(2)
    made = announce_return(order.pk, {line: 2}, **WHY)
    for wrong in (({line: 3}, {}), ({line: 1}, {line: 2})):
        with pytest.raises(ActionRefused):
            receive_return(made.pk, *wrong, "staff", NOW)
    assert shelf() == 0
    receive_return(made.pk, {line: 1}, {}, "staff", NOW)
    assert (returnable(order), shelf()) == ({line: 1}, 0)
    with pytest.raises(ActionRefused):
        receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW)


def test_a_return_is_refunded_once_and_only_after_it_arrived() -> None:
    order, line = sent(1)
    made = announce_return(order.pk, {line: 1}, **WHY)
    with pytest.raises(ActionRefused):
        refund_return(made.pk, Decimal(5), "staff", NOW)
    receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW)
    with pytest.raises(ActionRefused):
        refund_return(made.pk, Decimal(1000), "staff", NOW)
    refund_return(made.pk, Decimal(5), "staff", NOW)
    with pytest.raises(ActionRefused):
        refund_return(made.pk, Decimal(5), "staff", NOW)
    with pytest.raises(ActionRefused):
        decline_return(made.pk, "no", "staff", NOW)
    assert total_refunded() == 5


def test_a_late_answer_to_a_refund_closes_its_return() -> None:
    order, line = sent(1, card=REFUND_DOWN)
    made = announce_return(order.pk, {line: 1}, **WHY)
    receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW)
    refund_return(made.pk, Decimal(10), "staff", NOW)
    with pytest.raises(ActionRefused):
        refund_return(made.pk, Decimal(1), "s", NOW)
    with pytest.raises(ActionRefused):
        decline_return(made.pk, "", "s", NOW)
    reconcile_refunds(NOW + timedelta(hours=1))
    assert (Return.objects.get().state, total_refunded()) == ("refunded", Decimal(10))
    books_balance()


def test_a_failed_refund_can_be_repeated() -> None:
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


def test_a_return_of_an_unpaid_order_is_closed_and_keeps_its_restocked_units() -> None:
    order, line = sent(2, gateway="invoice")
    made = announce_return(order.pk, {line: 2}, **WHY)
    receive_return(made.pk, {line: 2}, {line: 1}, "staff", NOW)
    with pytest.raises(ActionRefused, match="not paid"):
        refund_return(made.pk, Decimal(1), "staff", NOW)
    decline_return(made.pk, "Not paid yet: pay less.", "staff", NOW)
    assert (Return.objects.get().state, returnable(order)) == ("declined", {line: 1})
    assert "orders/return_declined" in mails()


# --- Races


@pytest.mark.django_db(transaction=True)
def test_ten_simultaneous_returns_of_one_unit_announce_one() -> None:
    order, line = sent(1)
    answers = race(10, lambda _number: announce_return(order.pk, {line: 1}, **WHY))
    assert {type(each) for each in answers} == {Return, ActionRefused}
    assert ReturnLine.objects.aggregate(sum=Sum("quantity"))["sum"] == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_order_lock_returns_the_unit_twice() -> None:
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
def test_simultaneous_receipts_and_refunds_move_stock_and_money_once() -> None:
    order, line = sent(1)
    made = announce_return(order.pk, {line: 1}, **WHY)
    race(6, lambda _number: receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW))
    assert shelf() == 1
    answers = race(6, lambda number: refund_return(made.pk, Decimal(2), f"staff {number}", NOW))
    assert {type(each) for each in answers} == {Refund, ActionRefused}
    assert (Refund.objects.count(), total_refunded()) == (1, Decimal(2))
    books_balance()


@pytest.mark.django_db(transaction=True)
def test_a_simultaneous_return_and_refund_of_one_unit_do_not_both_succeed() -> None:
    order, line = sent(1)
    payment = Payment.objects.get()
    back: dict[str, Any] = {"restocks": True, "reason": "", "who": "staff", "now": NOW}
    ways: list[Any] = [
        lambda: announce_return(order.pk, {line: 1}, **WHY),
        lambda: refund_payment(payment.pk, Decimal(1), {line: 1}, **back),
    ]
    answers = race(8, lambda number: ways[number % 2]())
    assert sum(not isinstance(each, Exception) for each in answers) == 1
    assert {type(each) for each in answers if isinstance(each, Exception)} <= {ActionRefused}
