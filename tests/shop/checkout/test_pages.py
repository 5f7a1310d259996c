"""From product to paid order on three pages, without JavaScript and with few queries."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_in
from django.test import Client

from catalog.models import Product, Variant
from shop.accounts.models import Address, Customer
from shop.cart.models import Cart, CartLine
from shop.orders.models import Order, TaxRate
from shop.payments.models import Payment, TestCharge
from tests.purchases import DECLINED, GOOD, article, books_balance, deliver_to, voucher

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("delivery")]
FIELDS = {
    "email": "alice@example.com", "delivery-name": "Alice Example", "delivery-line1": "1 Long Street",
    "delivery-postal_code": "10115", "delivery-city": "Berlin", "delivery-country": "DE", "payment": "test",
    "card": GOOD,
}  # fmt: skip


def add(client: Client, variant: Variant, quantity: object = 1) -> str:
    response = client.post("/cart/add/", {"variant": variant.pk, "quantity": quantity}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(cart|seen_total)" value="([^"]*)"', page)
    return dict(found)


def checkout(client: Client, **more: str) -> Any:
    sent = {**FIELDS, **more}
    page = client.post("/checkout/", {**sent, "update": "1"}).content.decode()
    return client.post("/checkout/", {**FIELDS, **hidden(page), **more, "buy": "1"})


def test_a_guest_buys_on_three_pages(client: Client) -> None:
    mug = article("10.00")
    page = client.get(mug.product.get_absolute_url()).content.decode()
    assert f'name="variant" value="{mug.pk}"' in page
    assert 'action="/cart/add/"' in page
    assert "is in your cart" in add(client, mug, 2)
    assert "Order with obligation to pay" in client.get("/checkout/").content.decode()
    response = checkout(client)
    order = Order.objects.get()
    assert response["Location"] == f"/orders/{order.secret}/"
    page = client.get(response["Location"]).content.decode()
    assert "Your order is paid" in page
    assert "€24.90" in page
    pdf = client.get(f"/orders/{order.secret}/invoice.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    books_balance()


def test_pages_show_the_tax_by_rate(client: Client) -> None:
    TaxRate.objects.update(reduced_percent="5.5")
    add(client, article("10.55", tax_class="reduced"))
    add(client, article("11.90"))
    texts = ["Includes 19% VAT", "Includes 5.5% VAT"]
    order = checkout(client)["Location"]
    add(client, article(tax_class="zero"))
    pages = [client.get(order).content.decode(), client.get("/cart/").content.decode()]
    assert [text in pages[0] for text in texts] == [True, True]
    assert "Includes" not in pages[1]
    TaxRate.objects.update(is_included=False)
    add(client, article("11.90"))
    assert "19% VAT" in (page := client.get("/checkout/").content.decode())
    assert "Includes" not in page


@pytest.fixture
def book(client: Client) -> list[Address]:
    """Log Alice in, with an item in her cart and four addresses: two in Germany, two where we do not deliver."""
    hers = Customer.objects.create_user("alice@example.com")
    client.force_login(hers)
    add(client, article())
    places = [("7 Own Street", "DE"), ("8 Own Street", "DE"), ("9 Far Street", "FR"), ("1 Gone Street", "US")]
    return [
        Address.objects.create(
            customer=hers, name="Alice Example", line1=line1, postal_code="10115", city="Town", country=country,
            is_default_shipping=line1 == "8 Own Street",
        )
        for line1, country in places
    ]  # fmt: skip


def radios(page: str) -> dict[str, bool]:
    """Return the offered addresses by key, each with True if it is selected."""
    return {key: bool(chosen) for key, chosen in re.findall(r'name="address" value="(\d*)"(\s+checked)?', page)}


def delivered_to() -> str:
    return str(Order.objects.get().addresses.get(kind="delivery").line1)


def test_customers_choose_a_saved_address_and_the_default_is_selected(client: Client, book: list[Address]) -> None:
    first, preferred, abroad, _gone = book
    deliver_to("FR", "9.90")
    page = client.get("/checkout/").content.decode()
    assert radios(page) == {str(preferred.pk): True, str(first.pk): False, str(abroad.pk): False, "": False}
    assert 'value="alice@example.com"' in page
    assert "€14.90" in page
    sent = {"email": "alice@example.com", "payment": "test", "card": GOOD, "address": str(abroad.pk)}
    page = client.post("/checkout/", {**sent, "update": "1"}).content.decode()
    assert radios(page)[str(abroad.pk)]
    assert "€19.90" in page
    assert "This field is required" not in page
    assert client.post("/checkout/", {**sent, **hidden(page), "buy": "1"}).status_code == 302
    assert (delivered_to(), Order.objects.get().customer) == ("9 Far Street", preferred.customer)
    assert Address.objects.count() == 4


def test_the_country_of_the_estimate_selects_the_address(client: Client, book: list[Address]) -> None:
    deliver_to("FR", "9.90")
    client.post("/cart/estimate/", {"country": "FR"})
    assert radios(client.get("/checkout/").content.decode())[str(book[2].pk)]


def test_another_address_is_used_and_saved_on_request(client: Client, book: list[Address]) -> None:
    assert checkout(client, address="", keeps_address="on").status_code == 302
    assert delivered_to() == "1 Long Street"
    saved = Address.objects.get(line1="1 Long Street")
    assert (saved.customer, saved.city, saved.is_default_shipping) == (book[0].customer, "Berlin", False)
    add(client, article())
    checkout(client, keeps_address="on")
    assert Address.objects.filter(line1="1 Long Street").count() == 1


def test_a_customer_without_addresses_can_save_one(client: Client) -> None:
    client.force_login(Customer.objects.create_user("alice@example.com"))
    add(client, article())
    page = client.get("/checkout/").content.decode()
    assert (radios(page), "keeps_address" in page) == ({}, True)
    checkout(client, keeps_address="on")
    assert Address.objects.get().is_default_shipping


def test_guests_have_no_address_book(client: Client, book: list[Address]) -> None:
    guest = Client()
    add(guest, article())
    page = guest.get("/checkout/").content.decode()
    assert (radios(page), "keeps_address" in page) == ({}, False)
    assert checkout(guest, address=str(book[0].pk), keeps_address="on").status_code == 400
    assert checkout(guest, keeps_address="on").status_code == 302
    assert delivered_to() == "1 Long Street"
    assert Address.objects.count() == 4


def test_an_address_of_somebody_else_is_refused(client: Client, book: list[Address]) -> None:
    bob = Customer.objects.create_user("bob@example.com")
    his = Address.objects.create(customer=bob, name="Bob", line1="3 Bob Street", city="Town", postal_code="10115",
                                 country="DE")  # fmt: skip
    for wrong in (str(his.pk), "9" * 30, "x", str(book[3].pk)):
        response = checkout(client, address=wrong)
        assert response.status_code == 400
        assert "no longer in your address book" in response.content.decode()
    assert "Bob Street" not in response.content.decode()
    assert not Order.objects.exists()


def test_a_full_address_book_does_not_stop_the_order(client: Client, book: list[Address]) -> None:
    more = [Address(customer=book[0].customer, line1=f"{number}", country="DE") for number in range(16)]
    Address.objects.bulk_create(more)
    assert "keeps_address" not in client.get("/checkout/").content.decode()
    assert checkout(client, keeps_address="on").status_code == 302
    assert (Order.objects.count(), Address.objects.count()) == (1, 20)


def test_the_default_billing_address_is_used(client: Client, book: list[Address]) -> None:
    Address.objects.filter(pk=book[0].pk).update(is_default_billing=True)
    page = client.get("/checkout/").content.decode()
    assert re.search('name="billing-line1" value="7 Own Street"', page)
    assert re.search('name="bills_elsewhere"[^>]*checked', page)
    Address.objects.update(is_default_billing=False)
    Address.objects.filter(pk=book[1].pk).update(is_default_billing=True)
    assert not re.search('name="bills_elsewhere"[^>]*checked', client.get("/checkout/").content.decode())


def test_pressing_buy_twice_leads_to_the_same_order(client: Client) -> None:
    add(client, article())
    page = client.post("/checkout/", {**FIELDS, "update": "1"}).content.decode()
    sent = {**FIELDS, **hidden(page), "buy": "1"}
    first, second = client.post("/checkout/", sent), client.post("/checkout/", sent)
    assert first["Location"] == second["Location"]
    assert (Order.objects.count(), TestCharge.objects.count()) == (1, 1)


def test_another_visitor_cannot_submit_the_same_form(client: Client) -> None:
    add(client, article())
    page = client.post("/checkout/", {**FIELDS, "update": "1"}).content.decode()
    sent = {**FIELDS, **hidden(page), "buy": "1"}
    client.post("/checkout/", sent)
    response = Client().post("/checkout/", sent)
    assert response["Location"] == "/cart/"


def test_a_declined_payment_can_be_repeated_on_the_order_page(client: Client) -> None:
    add(client, article())
    address = checkout(client, card=DECLINED)["Location"]
    page = client.get(address).content.decode()
    assert "The card was declined" in page
    client.post(f"{address}pay/", {"payment": "test", "card": GOOD})
    assert Order.objects.get().state == "paid"
    assert Payment.objects.count() == 2


def test_cancelling_an_unpaid_order_refills_the_cart(client: Client) -> None:
    mug = article(stock=1)
    add(client, mug)
    address = checkout(client, card=DECLINED)["Location"]
    page = client.post(f"{address}cancel/", follow=True).content.decode()
    assert mug.product.title in page
    assert Order.objects.get().state == "cancelled"
    assert CartLine.objects.filter(cart__ordered_at=None).get().variant == mug
    assert client.post(f"{address}cancel/").status_code == 302


def test_a_changed_price_is_shown_before_it_is_charged(client: Client) -> None:
    add(client, article("10.00"))
    page = client.post("/checkout/", {**FIELDS, "update": "1"}).content.decode()
    Variant.objects.update(price_amount="12.00")
    assert "The price has changed" in client.get("/cart/").content.decode()
    response = client.post("/checkout/", {**FIELDS, **hidden(page), "buy": "1"})
    assert response.status_code == 409
    page = response.content.decode()
    assert "has changed" in page
    assert hidden(page)["seen_total"] == "16.90"
    assert client.post("/checkout/", {**FIELDS, **hidden(page), "buy": "1"}).status_code == 302
    assert str(Order.objects.get().total_amount) == "16.900"


@pytest.mark.parametrize("missing", ["email", "delivery-name", "delivery-country", "payment", "seen_total", "cart"])
def test_missing_fields_are_named_and_nothing_is_ordered(client: Client, missing: str) -> None:
    add(client, article())
    page = client.post("/checkout/", {**FIELDS, "update": "1"}).content.decode()
    sent = {**FIELDS, **hidden(page), "buy": "1"}
    del sent[missing]
    assert client.post("/checkout/", sent).status_code == 400
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "junk",
    [
        {"method": "9" * 40}, {"method": "-1"}, {"voucher_code": "x" * 500}, {"email": "no address"},
        {"delivery-country": "ZZ"}, {"seen_total": "NaN"}, {"seen_total": "1e999"}, {"payment": "stripe"},
        {"delivery-name": "x" * 999}, {"note": "x" * 2000}, {"delivery-line1": "\x00"},
    ],
)  # fmt: skip
def test_invalid_values_are_reported(client: Client, junk: dict[str, str]) -> None:
    add(client, article())
    assert checkout(client, **junk).status_code in (400, 409)
    assert not Order.objects.exists()


@pytest.mark.parametrize("quantity", ["-1", "0", "1000", "999999999999999999999999", "two", "1.5"])
def test_an_invalid_quantity_is_refused_with_a_message(client: Client, quantity: str) -> None:
    page = add(client, article(), quantity)
    assert "quantity" in page or "whole number" in page
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("variant", ["", "0", "-3", "999999", "9" * 30, "x"])
def test_a_variant_that_is_not_on_sale_is_refused(client: Client, variant: str) -> None:
    response = client.post("/cart/add/", {"variant": variant, "quantity": 1}, follow=True)
    assert response.status_code == 200
    assert not CartLine.objects.exists()


def test_more_than_the_stock_is_refused_with_what_is_left(client: Client) -> None:
    mug = article(stock=3)
    assert "Only 3 left of" in add(client, mug, 4)
    add(client, mug, 2)
    assert "you have 2 in your cart already" in add(client, mug, 2)
    assert CartLine.objects.get().quantity == 2


def test_lines_are_changed_and_removed(client: Client) -> None:
    add(client, article(stock=5))
    line = CartLine.objects.get()
    client.post(f"/cart/lines/{line.pk}/", {"quantity": 4})
    line.refresh_from_db()
    assert line.quantity == 4
    assert "Only 5 left of" in client.post(f"/cart/lines/{line.pk}/", {"quantity": 9}, follow=True).content.decode()
    client.post(f"/cart/lines/{line.pk}/", {"quantity": 4, "remove": "1"})
    assert not CartLine.objects.exists()


def test_mallory_cannot_touch_alices_cart(client: Client) -> None:
    add(client, article())
    line = CartLine.objects.get()
    mallory = Client()
    add(mallory, article())
    mallory.post(f"/cart/lines/{line.pk}/", {"quantity": 0})
    assert CartLine.objects.filter(pk=line.pk).exists()
    mallory.cookies["cart"] = Cart.objects.exclude(pk=line.cart_id).get().token  # not signed
    assert "empty" in mallory.get("/cart/").content.decode()


def test_the_cart_names_deleted_and_hidden_items(client: Client) -> None:
    deleted, hidden_one = article(), article()
    add(client, deleted)
    add(client, hidden_one)
    Product.objects.filter(pk=hidden_one.product_id).update(status="draft")
    Product.objects.filter(pk=deleted.product_id).delete()
    page = client.get("/cart/").content.decode()
    assert page.count("is no longer sold") == 2
    assert client.get("/checkout/").status_code == 200


def test_a_guest_cart_is_merged_at_log_in(client: Client) -> None:
    alice = Customer.objects.create_user("alice@example.com", "correct horse")
    mug, bowl = article(stock=9), article()
    other = Client()
    other.force_login(alice)
    add(other, mug, 1)
    add(client, mug, 2)
    add(client, bowl)
    request = client.get("/cart/").wsgi_request
    request.user = alice

    user_logged_in.send(sender=Customer, request=request, user=alice)
    assert {line.variant_id: line.quantity for line in Cart.objects.get().lines.all()} == {mug.pk: 3, bowl.pk: 1}


@pytest.mark.parametrize("lines", [1, 12])
@pytest.mark.parametrize("who", ["guest", "customer"])
def test_pages_need_few_queries(
    client: Client, lines: int, who: str, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    if who == "customer":
        hers = Customer.objects.create_user("alice@example.com")
        client.force_login(hers)
        for number in range(lines):
            Address.objects.create(customer=hers, name="Alice", line1=f"{number}", city="Town", postal_code="10115",
                                   country="DE")  # fmt: skip
    voucher(limit_total=3, limit_per_customer=1)
    for _ in range(lines):
        add(client, article())
    client.post("/cart/estimate/", {"country": "DE", "voucher_code": "ten"})
    with django_assert_max_num_queries(15):
        page = client.get("/checkout/").content.decode()
    assert "Promotion TEN" in page
    with django_assert_max_num_queries(15):
        client.get("/cart/")
    address = checkout(client, voucher_code="TEN")["Location"]
    with django_assert_max_num_queries(15):
        assert "Promotion" not in client.get(address).content.decode()


def test_an_order_is_found_by_its_secret_only(client: Client) -> None:
    add(client, article())
    checkout(client)
    order = Order.objects.get()
    for guess in (str(order.pk), order.number, order.secret[:-1], order.secret.swapcase(), "x" * 500):
        assert client.get(f"/orders/{guess}/").status_code == 404
        assert client.get(f"/orders/{guess}/invoice.pdf").status_code == 404
        assert client.post(f"/orders/{guess}/pay/", {"payment": "test"}).status_code == 404
        assert client.post(f"/orders/{guess}/cancel/").status_code == 404


def test_extra_fields_are_ignored(client: Client) -> None:
    add(client, article("10.00"))
    checkout(
        client, total_amount="0.01", state="paid", stock="sold", customer="1", secret="mine", discount_amount="9",
        expires_at="2099-01-01", unit_amount="0.01", card=DECLINED,
    )  # fmt: skip
    order = Order.objects.get()
    assert (order.state, str(order.total_amount), order.customer) == ("pending", "14.900", None)
    assert order.secret != "mine"
