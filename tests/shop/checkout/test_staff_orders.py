"""Orders that staff place for customers, with the same stock, prices and rules."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import StockMovement, Variant
from shop.accounts.models import Address, Customer
from shop.models import Mail
from shop.orders.models import Order
from shop.payments.models import Payment
from tests.factories import ProductFactory, VariantFactory
from tests.purchases import GOOD, article, books_balance, deliver_to, kinds, mails
from tests.shop.fulfilment.test_admin import staff

pytestmark = pytest.mark.django_db
PLACE = "/admin/orders/order/add/"
WHERE = {
    "delivery-name": "Bob Example", "delivery-line1": "2 Short Street", "delivery-city": "Berlin",
    "delivery-postal_code": "10115",    "delivery-country": "DE",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _delivery(db: None) -> None:
    deliver_to("DE")


def order_form(*variants: Variant, email: str = "caller@example.com", quantity: int = 1) -> dict[str, object]:
    rows: dict[str, object] = {"email": email}
    for row, variant in enumerate(variants):
        rows |= {f"item-{row}": variant.sku.lower(), f"quantity-{row}": quantity}
    return rows


def updated_form(client: Client, data: dict[str, Any]) -> dict[str, Any]:
    """Return the form's values after Update total: the items and the total shown."""
    page = client.post(PLACE, {**data, "update": "1"}).content.decode()
    return {**data, **dict(re.findall(r'<input type="hidden" name="(cart|seen_total)" value="([^"]*)"', page))}


def place(client: Client, data: dict[str, Any], payment: str = "invoice", **more: object) -> Any:
    return client.post(PLACE, {**data, **WHERE, "payment": payment, "place": "1", **more})


def test_staff_place_an_order_on_invoice_and_the_event_names_them() -> None:
    mug, client = article("10.00", stock=5), staff("orders")
    assert "Add order" in client.get("/admin/orders/order/").content.decode()
    data = updated_form(client, order_form(mug, quantity=2))
    assert str(data["seen_total"]) == "24.90"
    response = place(client, data, note="rang at noon")
    order = Order.objects.get()
    assert response["Location"] == f"/admin/orders/order/{order.pk}/change/"
    assert (order.email, order.customer, str(order.total_amount)) == ("caller@example.com", None, "24.900")
    placed = order.events.get(kind="placed")
    assert placed.who == StockMovement.objects.get().who == "orders@example.com"
    assert (order.payments.get().status, order.expires_at, mails()) == ("authorised", None, ["orders/confirmed"])
    books_balance()


def test_the_customer_gets_a_payment_link_and_chooses_the_method_there(client: Client) -> None:
    mug = article("10.00", stock=1)
    place(clerk := staff("orders"), updated_form(clerk, order_form(mug)), payment="link")
    order = Order.objects.get()
    mail = Mail.objects.get()
    assert (mail.kind, mail.recipient) == ("orders/pay_link", "caller@example.com")
    assert order.get_absolute_url() in mail.context["order_url"]
    assert order.expires_at is not None
    assert order.expires_at > timezone.now() + timedelta(hours=47)
    assert not Payment.objects.exists()
    assert "Pay now" in client.get(order.get_absolute_url()).content.decode()
    client.post(f"{order.get_absolute_url()}pay/", {"payment": "test", "card": GOOD})
    order.refresh_from_db()
    assert (order.state, order.payments.get().gateway) == ("paid", "test")
    assert kinds(order)[0] == "placed"
    books_balance()


@pytest.mark.parametrize("payment", ["invoice", "link"])
def test_pressing_place_twice_gives_one_order_and_one_mail(payment: str) -> None:
    client = staff("orders")
    data = updated_form(client, order_form(article()))
    first, second = place(client, data, payment), place(client, data, payment)
    assert first["Location"] == second["Location"]
    assert (Order.objects.count(), Mail.objects.count()) == (1, 1)
    books_balance()


def test_the_order_appears_in_the_customers_account_and_their_cart_is_kept(alice: Customer) -> None:
    Address.objects.create(customer=alice, name="Alice", line1="7 Own Street", city="Berlin", postal_code="10115",
                           country="DE")  # fmt: skip
    mug, client = article(stock=5), staff("orders")
    hers = Client()
    hers.force_login(alice)
    hers.post("/cart/add/", {"variant": mug.pk, "quantity": 1})
    data = order_form(mug, email="Alice@example.com", quantity=2)
    assert "7 Own Street" in client.post(PLACE, {**data, "update": "1"}).content.decode()
    own = Address.objects.get()
    sent = {**updated_form(client, data), "address": own.pk, "delivery-name": "", "payment": "invoice", "place": "1"}
    assert client.post(PLACE, sent).status_code == 302
    assert Order.objects.get().customer == alice
    assert {each.line1 for each in Order.objects.get().addresses.all()} == {"7 Own Street"}
    assert hers.get("/cart/").content.decode().count(mug.product.title) >= 1


def test_an_unverified_address_is_not_linked_to_an_account() -> None:
    Customer.objects.create_user("caller@example.com")
    client = staff("orders")
    place(client, updated_form(client, order_form(article())))
    assert Order.objects.get().customer is None


def test_items_are_found_by_sku_or_search_words() -> None:
    ProductFactory(title="Blue jug", sku="JUG-1")
    product = ProductFactory(title="Red bowl", price=None)
    for size in ("small", "large"):
        VariantFactory(product=product, sku=f"BOWL-{size.upper()}", options={"size": size})
    client = staff("orders")
    for words, found in (("jug", "Blue jug (JUG-1)"), ("bowl", "BOWL-SMALL (Red bowl small), BOWL-LARGE"),
                         ("kettle", "No item on sale")):  # fmt: skip
        data = {"email": "caller@example.com", "item-0": words, "update": "1"}
        assert found in client.post(PLACE, data).content.decode()


def test_a_changed_total_is_shown_before_the_order_is_placed() -> None:
    mug, client = article("10.00"), staff("orders")
    data = updated_form(client, order_form(mug))
    Variant.objects.update(price_amount=12)
    response = place(client, data)
    assert (response.status_code, Order.objects.count()) == (409, 0)
    assert "€16.90" in response.content.decode()
    assert place(client, {**data, "seen_total": "16.90"}).status_code == 302


def test_more_than_the_stock_is_refused() -> None:
    client = staff("orders")
    page = client.post(PLACE, {**order_form(article(stock=1), quantity=3), "update": "1"}).content.decode()
    assert "Choose 1 or fewer" in page
    assert place(client, updated_form(client, order_form(article(stock=1), quantity=3))).status_code == 400
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "more",
    [{"email": "nobody"}, {"delivery-name": ""}, {"payment": "test"}, {"delivery-country": "FR"}, {"seen_total": ""},
     {"item-0": ""}, {"quantity-0": "-1"}],
)  # fmt: skip
def test_invalid_input_places_no_order(more: dict[str, Any]) -> None:
    client = staff("orders")
    data = updated_form(client, order_form(article()))
    assert place(client, data, **more).status_code == 400
    assert not Order.objects.exists()


@pytest.mark.parametrize("role", ["support", "catalogue"])
def test_other_roles_cannot_place_orders(role: str) -> None:
    client, data = staff(role), order_form(article())
    assert client.get(PLACE).status_code == 403
    assert place(client, data).status_code == 403
    assert Client().post(PLACE, data).status_code == 302
    assert not Order.objects.exists()
