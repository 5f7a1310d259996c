"""Orders with a total of 0: paid when placed, without a provider, and cancelled or returned like others."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import Variant
from shop.checkout.services import CheckoutRefused, place_order
from shop.fulfilment.actions import cancel_order, ship_order
from shop.fulfilment.returns import announce_return, receive_return, refund_return
from shop.orders.models import Order
from shop.orders.paper import draw_invoice, sums
from shop.payments.models import Payment, Refund, TestCharge
from tests.purchases import NOW, article, books_balance, cart_of, deliver_to, kinds, mails, purchase, voucher
from tests.shop.checkout.test_pages import FIELDS, add, hidden
from tests.shop.checkout.test_staff_orders import PLACE, WHERE, order_form, updated_form
from tests.shop.fulfilment.test_admin import staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _free_delivery(db: None, settings: Any) -> None:
    settings.PAYMENTS, settings.STRIPE_API = ["stripe"], "http://127.0.0.1:9"  # nothing listens there
    deliver_to("DE", amount="0")


def free_order(units: int = 1, gateway: str = "stripe") -> Order:
    voucher("GIFT", value="100")
    cart = cart_of(article("10.00"), quantity=units)
    return place_order(cart.pk, purchase(cart, voucher_code="GIFT", gateway=gateway), NOW)


@pytest.mark.parametrize("gateway", ["stripe", "invoice", ""])
def test_a_free_order_is_paid_when_placed_with_any_payment_method(gateway: str) -> None:
    order = free_order(gateway=gateway)
    order.refresh_from_db()
    payment = order.payments.get()
    assert (order.state, order.stock, payment.gateway, payment.status) == ("paid", "sold", "free", "captured")
    assert (Variant.objects.get().on_hand, Variant.objects.get().reserved) == (4, 0)
    assert kinds(order) == ["placed", "payment received", "paid"]
    assert mails() == ["orders/confirmed"]
    assert not TestCharge.objects.exists()
    books_balance()


def test_a_free_item_makes_a_free_order_without_a_voucher() -> None:
    cart = cart_of(article("0.00"))
    assert place_order(cart.pk, purchase(cart, gateway="stripe"), NOW).state == "paid"


def test_the_invoice_of_a_free_order_shows_items_discount_and_a_total_of_zero() -> None:
    order = free_order()
    amounts = dict(sums(Order.objects.get(pk=order.pk)))
    assert (amounts["Items"], amounts["Discount"], amounts["Total"]) == (Decimal(10), Decimal(-10), Decimal(0))
    assert draw_invoice(Order.objects.get(pk=order.pk)).startswith(b"%PDF")


def test_cancelling_a_free_order_restocks_it_and_refunds_nothing() -> None:
    order = free_order(2)
    assert cancel_order(order.pk, "staff", NOW) == []
    assert (Variant.objects.get().on_hand, Refund.objects.count()) == (5, 0)
    order.refresh_from_db()
    assert (order.state, order.stock) == ("cancelled", "released")
    books_balance()


def test_the_return_of_a_free_order_is_closed_without_a_refund() -> None:
    order = free_order(2)
    line = order.lines.get().pk
    ship_order(order.pk, {line: 2}, "staff", NOW)
    made = announce_return(order.pk, {line: 1}, reason="unwanted", who="alice@example.com", now=NOW)
    receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW)
    assert refund_return(made.pk, Decimal(0), "staff", NOW) is None
    made.refresh_from_db()
    assert (made.state, made.closed_at, Refund.objects.count()) == ("refunded", NOW, 0)
    assert Variant.objects.get().on_hand == 4
    assert kinds(order)[-1] == "return closed"


def test_staff_close_the_return_of_a_free_order_by_its_button() -> None:
    order, client = free_order(), staff("orders")
    line = order.lines.get().pk
    ship_order(order.pk, {line: 1}, "staff", NOW)
    made = announce_return(order.pk, {line: 1}, reason="unwanted", who="alice@example.com", now=NOW)
    receive_return(made.pk, {line: 1}, {line: 1}, "staff", NOW)
    client.post(f"/admin/orders/order/{order.pk}/act/", {"action": f"refund_return-{made.pk}", "amount": "0"})
    made.refresh_from_db()
    assert made.state == "refunded"


def test_the_checkout_of_a_free_order_requires_no_payment_method(client: Client) -> None:
    voucher("GIFT", value="100")
    add(client, article("10.00"))
    sent = {name: value for name, value in FIELDS.items() if name not in ("payment", "card")}
    page = client.post("/checkout/", {**sent, "voucher_code": "GIFT", "update": "1"}).content.decode()
    assert "There is nothing to pay" in page
    assert 'name="payment"' not in page
    response = client.post("/checkout/", {**sent, **hidden(page), "voucher_code": "GIFT", "buy": "1"})
    order = Order.objects.get()
    assert (response["Location"], order.state) == (order.get_absolute_url(), "paid")
    page = client.get(order.get_absolute_url()).content.decode()
    assert "Pay now" not in page


def test_the_api_places_a_free_order_without_a_payment_method() -> None:
    client, free = APIClient(), article("0.00")
    cart = client.post("/api/v1/cart/lines/", {"variant": free.pk}, format="json").json()
    where = {"name": "Alice", "line1": "1 Long Street", "postal_code": "10115", "city": "Berlin", "country": "DE"}
    data = {"email": "alice@example.com", "total": "0.00", "delivery": where}
    answer = client.post("/api/v1/checkout/", data, format="json", headers={"Cart-Token": cart["token"]})
    assert (answer.status_code, answer.json()["state"]) == (201, "paid")


def test_an_order_that_costs_something_needs_a_payment_method() -> None:
    cart = cart_of(article("10.00"))
    with pytest.raises(CheckoutRefused, match="Choose a payment method"):
        place_order(cart.pk, purchase(cart, gateway=""), NOW)


@pytest.mark.parametrize("payment", [{}, {"payment": "link"}])
def test_staff_place_a_free_order_that_is_paid_at_once(payment: dict[str, str]) -> None:
    client = staff("orders")
    data = updated_form(client, {**order_form(article("0.00"), email="caller@example.com"), **WHERE})
    assert client.post(PLACE, {**data, **WHERE, **payment, "place": "1"}).status_code == 302
    assert Payment.objects.get().gateway == "free"
    assert mails() == ["orders/confirmed"]
