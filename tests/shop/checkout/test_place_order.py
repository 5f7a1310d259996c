"""An order is what was agreed, made once, or not at all."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, StockMovement, Variant
from shop.cart.models import Cart, CartLine
from shop.checkout.fulfilment import (
    ActionRefused,
    cancel_order,
    capture_payment,
    complete_order,
    ship_order,
)
from shop.checkout.refunds import refund_payment
from shop.checkout.services import CheckoutRefused, pay_again, place_order
from shop.checkout.settlement import settle
from shop.checkout.sweepers import expire_orders, reconcile_payments, reconcile_refunds
from shop.models import Mail
from shop.orders.models import Invoice, Order, TaxRate
from shop.orders.services import ShipmentRefused
from shop.orders.states import State, TransitionRefused
from shop.payments.gateways.interface import Outcome, Status
from shop.payments.models import Payment, Refund, TestCharge
from shop.payments.services import RefundRefused
from shop.promotions.models import Promotion, Redemption, Voucher
from tests.purchases import (
    BACK,
    DECLINED,
    GOOD,
    HOME,
    NOW,
    OTHER_AMOUNT,
    OTHER_CURRENCY,
    PROMISED,
    REFUND_DOWN,
    TIMEOUT,
    UNREACHED,
    article,
    books_balance,
    buy,
    cart_of,
    deliver_to,
    purchase,
    sold_of,
    voucher,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _delivery(db: None) -> None:
    deliver_to("DE")


def kinds(order: Order) -> list[str]:
    return [event.kind for event in order.events.all()]


def mails() -> list[str]:
    return sorted(mail.kind for mail in Mail.objects.all())


def test_a_guest_buys_and_everything_is_written_down() -> None:
    mug = article("10.00", stock=5)
    order = buy(cart_of(mug, quantity=2))
    mug.refresh_from_db()
    assert (order.state, order.total_amount, order.stock) == (State.PAID, Decimal("24.90"), Order.Stock.SOLD)
    assert (mug.on_hand, mug.reserved, sold_of(mug.product)) == (3, 0, 2)
    line = order.lines.get()
    assert (line.title, line.sku, line.unit_amount, line.tax_amount) == (
        mug.product.title, mug.sku, Decimal("10.00"), Decimal("3.19"),
    )  # fmt: skip
    assert order.tax_amount == Decimal("3.19") + Decimal("0.78")
    assert {address.kind: address.city for address in order.addresses.all()} == {
        "delivery": "Berlin",
        "billing": "Berlin",
    }
    assert kinds(order) == ["placed", "payment received", "paid"]
    assert mails() == ["orders/confirmed"]
    assert Invoice.objects.get().number == 1
    books_balance()


def test_an_order_keeps_its_names_and_prices_when_the_product_changes_or_goes() -> None:
    mug = article("10.00")
    order = buy(cart_of(mug))
    Product.objects.update(title="Another title")
    Variant.objects.update(price_amount=99)
    mug.product.delete()
    line = Order.objects.get().lines.get()
    assert line.variant is None
    assert (line.title != "Another title", line.unit_amount) == (True, Decimal("10.00"))
    assert order.total_amount == Decimal("14.90")


def test_another_total_than_the_one_that_was_seen_is_never_charged() -> None:
    mug = article("10.00")
    cart = cart_of(mug)
    seen = purchase(cart)
    Variant.objects.update(price_amount=12)
    with pytest.raises(CheckoutRefused) as refused:
        place_order(cart.pk, seen, NOW)
    assert refused.value.code == "total_changed"
    assert mug.product.title in refused.value.messages[0]
    assert refused.value.quote is not None
    assert refused.value.quote.total_amount == Decimal("16.90")
    assert not Order.objects.exists()
    assert not StockMovement.objects.exists()


@pytest.mark.parametrize("what", ["deleted", "hidden", "sold out", "too few", "empty"])
def test_what_cannot_be_had_is_named(what: str) -> None:
    mug = article("10.00", stock=3)
    cart = cart_of(mug, quantity=2)
    seen = purchase(cart)
    if what == "deleted":
        mug.product.delete()
    elif what == "hidden":
        Product.objects.update(status=Product.Status.DRAFT)
    elif what == "empty":
        CartLine.objects.all().delete()
    else:
        Variant.objects.update(on_hand=0 if what == "sold out" else 1)
    with pytest.raises(CheckoutRefused) as refused:
        place_order(cart.pk, seen, NOW)
    assert refused.value.code == ("cart_empty" if what == "empty" else "cart_problems")
    assert what == "empty" or mug.product.title in refused.value.messages[0]
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"gateway": "bank robbery"}, "payment_unknown"),
        ({"method_id": 999_999}, "method_gone"),
        ({"voucher_code": "NONE", "seen_total": Decimal("14.90")}, "voucher_refused"),
        ({"seen_total": Decimal("0.01")}, "total_changed"),
        ({"seen_total": Decimal("-1")}, "total_changed"),
    ],
)
def test_what_makes_no_sense_is_refused(more: dict[str, Any], code: str) -> None:
    cart = cart_of(article())
    with pytest.raises(CheckoutRefused) as refused:
        place_order(cart.pk, purchase(cart, **more), NOW)
    assert refused.value.code == code
    assert not Order.objects.exists()


def test_a_country_that_nothing_is_delivered_to_is_refused() -> None:
    cart = cart_of(article())
    with pytest.raises(CheckoutRefused, match="do not deliver"):
        place_order(cart.pk, purchase(cart, delivery=HOME.__class__(**{**vars(HOME), "country": "FR"})), NOW)


def test_tax_on_top_of_the_price_is_part_of_the_total() -> None:
    deliver_to("US", "5.00", "8.875")
    from_us = HOME.__class__(**{**vars(HOME), "country": "US"})
    TaxRate.objects.filter(country="US").update(is_included=False)
    order = buy(cart_of(article("9.99"), article("0.01")), delivery=from_us)
    assert (order.tax_amount, order.total_amount) == (Decimal("1.33"), Decimal("16.33"))
    books_balance()


@pytest.mark.parametrize("lines", [1, 7])
def test_place_order_needs_at_most_20_statements_and_2_a_line(lines: int) -> None:
    cart = cart_of(*(article() for _ in range(lines)))
    voucher(limit_total=5, limit_per_customer=1)
    bought = purchase(cart, voucher_code="TEN")
    with CaptureQueriesContext(connection) as queries:
        place_order(cart.pk, bought, NOW)
    assert len(queries) <= 20 + 2 * lines, [query["sql"][:90] for query in queries]


def test_a_voucher_is_used_once_and_comes_back_with_the_order() -> None:
    voucher(limit_total=1, limit_per_customer=1)
    mug = article("10.00")
    cart = cart_of(mug, quantity=2)
    order = place_order(cart.pk, purchase(cart, voucher_code="TEN"), NOW)
    assert (order.discount_amount, order.total_amount) == (Decimal("2.00"), Decimal("22.90"))
    assert Voucher.objects.get().used_count == 1
    other = cart_of(mug)
    with pytest.raises(CheckoutRefused, match="used up"):
        place_order(other.pk, purchase(other, voucher_code="TEN", seen_total=Decimal("13.90")), NOW)
    expire_orders(LATER)
    assert Voucher.objects.get().used_count == 0
    assert not Redemption.objects.exists()
    assert buy(other, voucher_code="TEN", now=LATER).total_amount == Decimal("13.90")


def test_automatic_promotions_and_free_delivery_count_by_themselves() -> None:
    Promotion.objects.create(name="Autumn", kind="fixed", value=5, is_automatic=True, minimum_amount=20)
    Promotion.objects.create(name="Post", kind="free_shipping", is_automatic=True)
    assert buy(cart_of(article("10.00"), quantity=2)).total_amount == Decimal("15.00")
    assert buy(cart_of(article("10.00"))).total_amount == Decimal("10.00")


def test_an_order_that_costs_nothing_asks_no_provider() -> None:
    voucher(value="100")
    Promotion.objects.create(name="Post", kind="free_shipping", is_automatic=True)
    order = buy(cart_of(article()), voucher_code="TEN")
    assert (order.state, order.total_amount) == (State.PAID, 0)
    assert not TestCharge.objects.exists()


def test_a_declined_card_leaves_an_order_that_another_card_pays() -> None:
    order = buy(cart_of(article()), card=DECLINED)
    assert order.state == State.PENDING
    assert mails() == ["orders/payment_failed"]
    payment = pay_again(order.pk, "test", {"card": GOOD}, BACK, NOW)
    order.refresh_from_db()
    assert payment is not None
    assert (payment.status, order.state) == (Payment.Status.CAPTURED, State.PAID)
    assert order.payments.count() == 2
    with pytest.raises(CheckoutRefused):
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


def total_refunded() -> Decimal:
    return sum((each.refunded_amount for each in TestCharge.objects.all()), Decimal(0))


def pay(order: Order, now: Any) -> None:
    """The money comes although the order has expired: the customer had the provider's page open."""
    Payment.objects.filter(order=order).update(status=Payment.Status.STARTED, created_at=now)
    charge = TestCharge.objects.create(
        key=str(order.payments.get().key), amount=order.total_amount, currency="EUR", scenario="paid",
        status="captured", created_at=now,
    )  # fmt: skip
    assert charge
    reconcile_payments(now + timedelta(hours=1))


def test_an_order_on_invoice_waits_without_expiring_and_is_shipped_before_it_is_paid() -> None:
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


def test_a_promised_payment_is_captured_by_staff_once() -> None:
    order = buy(cart_of(article()), card=PROMISED)
    assert order.state == State.PENDING
    capture_payment(order.payments.get().pk, "staff@example.com", NOW)
    order.refresh_from_db()
    assert order.state == State.PAID
    with pytest.raises(ActionRefused):
        capture_payment(order.payments.get().pk, "staff@example.com", NOW)
    books_balance()


def test_partial_shipments_never_send_more_than_was_bought() -> None:
    order = buy(cart_of(article(stock=5), quantity=3))
    line = order.lines.get().pk
    ship_order(order.pk, {line: 1}, "staff", NOW)
    assert Order.objects.get().state == State.PAID
    for wrong in ({line: 3}, {line: -1}, {}, {line: 0}, {line + 1: 1}):
        with pytest.raises(ShipmentRefused):
            ship_order(order.pk, wrong, "staff", NOW)
    ship_order(order.pk, {line: 2}, "staff", NOW)
    assert Order.objects.get().state == State.SHIPPED
    with pytest.raises((TransitionRefused, ShipmentRefused)):
        ship_order(order.pk, {line: 1}, "staff", NOW)


def test_an_unpaid_order_is_not_shipped() -> None:
    cart = cart_of(article())
    order = place_order(cart.pk, purchase(cart), NOW)
    with pytest.raises(ActionRefused):
        ship_order(order.pk, {order.lines.get().pk: 1}, "staff", NOW)


def test_cancelling_a_paid_order_gives_money_stock_and_voucher_back() -> None:
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


def test_refunds_never_exceed_the_payment_and_lines_come_back_to_the_cent() -> None:
    mug = article("3.33", stock=5)
    order = buy(cart_of(mug, quantity=3))
    payment, line = order.payments.get(), order.lines.get()

    def back(amount: str, pieces: dict[int, int], *, restocks: bool = True) -> Refund:
        return refund_payment(
            payment.pk, Decimal(amount), pieces, restocks=restocks, reason="broken", who="staff", now=NOW
        )

    assert back("3.33", {line.pk: 1}).status == Refund.Status.DONE
    back("6.66", {line.pk: 2}, restocks=False)
    mug.refresh_from_db()
    assert mug.on_hand == 3
    for amount, pieces in (("4.91", {}), ("0", {}), ("-1", {}), ("0.001", {}), ("1", {line.pk: 1}), ("1", {0: 1})):
        with pytest.raises(RefundRefused):
            back(amount, pieces)
    back("4.90", {})
    assert sum(each.amount for refund in Refund.objects.all() for each in refund.lines.all()) == line.total_amount
    assert mails().count("orders/refunded") == 3
    books_balance()


def test_a_refund_whose_answer_is_lost_gives_the_money_back_once() -> None:
    order = buy(cart_of(article()), card=REFUND_DOWN)
    payment = order.payments.get()
    refund = refund_payment(payment.pk, Decimal("5"), {}, restocks=False, reason="", who="staff", now=NOW)
    assert refund.status == Refund.Status.REQUESTED
    assert reconcile_refunds(LATER) == 1
    assert (Refund.objects.get().status, total_refunded()) == (Refund.Status.DONE, Decimal("5"))
    assert reconcile_refunds(LATER) == 0
    books_balance()


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


def test_invoices_are_numbered_without_a_gap() -> None:
    for _ in range(3):
        buy(cart_of(article()))
    assert list(Invoice.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_a_cart_that_was_ordered_is_closed() -> None:
    cart = cart_of(article())
    order = buy(cart)
    assert place_order(cart.pk, purchase(cart), NOW) == order
    assert Cart.objects.get().ordered_at == NOW
