"""Cut the database connection before and after every statement of a purchase.

After the customer presses Buy again and the scheduled tasks run, there is one order and one charge, and the books
balance.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import Error, connection, transaction

from shop.checkout.services import Purchase, place_order
from shop.fulfilment.payment import pay
from shop.fulfilment.refunds import refund_payment, request_refund
from shop.fulfilment.sweepers import expire_orders, reconcile_payments, reconcile_refunds
from shop.models import Mail
from shop.orders.models import Invoice, Order
from shop.payments.models import Payment, Refund, TestCharge
from tests.purchases import BACK, NOW, article, books_balance, buy, cart_of, purchase, voucher

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.usefixtures("delivery")]
HOUR = timedelta(hours=1)


class Crash:
    """Cut the connection before or after the statement with this number."""

    def __init__(self, number: int, *, after: bool) -> None:
        self.number, self.after, self.executed = number, after, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.executed += 1
        if self.executed != self.number:
            return execute(sql, params, many, context)
        if not self.after:
            terminate()
            return execute(sql, params, many, context)
        answer = execute(sql, params, many, context)
        terminate()
        return answer


def terminate() -> None:
    """Terminate the backend from another connection."""
    with administrator() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])


def administrator() -> psycopg.Connection:
    """Return a connection of its own, in autocommit."""
    known = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    return psycopg.connect(**{key: known[key] for key in names if known.get(key)}, autocommit=True)


@contextmanager
def crashing(number: int, *, after: bool) -> Iterator[Crash]:
    """Cut the connection at this statement inside the block, and reconnect afterwards."""
    crash = Crash(number, after=after)
    try:
        with connection.execute_wrapper(crash):
            yield crash
    except Error:
        pass  # as if the process had died
    finally:
        connection.close()


def buy_it(cart_id: int, bought: Purchase) -> None:
    pay(place_order(cart_id, bought, NOW), BACK, NOW)


def sweep() -> None:
    for hours in (2, 3):
        reconcile_payments(NOW + hours * HOUR)
        reconcile_refunds(NOW + hours * HOUR)
        expire_orders(NOW + hours * HOUR)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("comes_back", [True, False], ids=["and buys again", "and leaves"])
def test_a_crash_at_any_statement_of_buying_loses_nothing(after: bool, comes_back: bool) -> None:
    mug, number = article(stock=500), 0
    voucher(limit_total=500)
    while True:
        number += 1
        cart = cart_of(mug, quantity=2)
        bought = purchase(cart, voucher_code="TEN", email=f"{number}@example.com")
        with crashing(number, after=after) as crash:
            buy_it(cart.pk, bought)
        if comes_back:
            buy_it(cart.pk, bought)
        sweep()
        orders = Order.objects.filter(cart=cart)
        keys = [str(payment.key) for payment in Payment.objects.filter(order__in=orders)]
        charges = TestCharge.objects.filter(key__in=keys)
        if comes_back:
            assert [order.state for order in orders] == ["paid"], f"statement {number}"
        else:
            assert [order.state for order in orders] in ([], ["paid"], ["cancelled"]), f"statement {number}"
            assert len(charges) == sum(order.state == "paid" for order in orders), f"statement {number}"
        assert len(charges) <= 1
        assert Mail.objects.filter(kind="orders/confirmed", recipient=bought.email).count() == len(charges)
        books_balance()
        if crash.executed < number:
            break  # the purchase had fewer statements
    assert number > 40, "the crashes covered the whole purchase"
    numbers = list(Invoice.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_statement_of_a_refund_refunds_once_or_not_at_all(after: bool) -> None:
    mug, number = article(stock=100), 0
    while True:
        number += 1
        order = buy(cart_of(mug))
        payment, line = order.payments.get(), order.lines.get()
        with crashing(number, after=after) as crash:
            refund_payment(payment.pk, line.total_amount, {line.pk: 1}, restocks=True, reason="", who="staff", now=NOW)
        sweep()
        refunds = Refund.objects.filter(payment=payment)
        assert [each.status for each in refunds] in ([], ["done"]), f"statement {number}"
        assert TestCharge.objects.get(key=str(payment.key)).refunded_amount == sum(each.amount for each in refunds)
        books_balance()
        if crash.executed < number:
            break
    assert number > 10


def test_twin_asking_the_provider_first_loses_the_refund_in_a_crash() -> None:
    """Unless its row is committed first, the shop does not know about the refund."""
    payment = buy(cart_of(article())).payments.get()
    try:
        TestCharge.objects.update(refunded_amount=5)  # the bank has refunded it
        with transaction.atomic():
            request_refund(payment, payment.amount, {}, restocks=False, reason="", who="staff", now=NOW)
            terminate()
    except Error:
        connection.close()
    assert not Refund.objects.exists()
    with pytest.raises(AssertionError):
        books_balance()


def test_twin_asking_the_provider_before_writing_the_order_loses_it_in_a_crash() -> None:
    """The provider charges inside the transaction that writes the order."""
    cart = cart_of(article())
    bought = purchase(cart)
    try:
        with administrator() as bank:
            bank.execute(
                "INSERT INTO payments_testcharge (key, amount, currency, scenario, status, refunded_amount,"
                " refund_keys, created_at) VALUES ('naive', 14.9, 'EUR', 'paid', 'captured', 0, '{}', now())"
            )
        with crashing(10, after=False):
            place_order(cart.pk, bought, NOW)
    finally:
        connection.close()
    assert not Order.objects.exists()
    with pytest.raises(AssertionError, match="a charge without a payment"):
        books_balance()
