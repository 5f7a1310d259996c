"""Returns on the order page, in the admin and by API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import Variant
from shop.accounts.models import Customer
from shop.accounts.personal_data import erase_customer, export_data
from shop.fulfilment.actions import ship_order
from shop.fulfilment.returns import announce_return, receive_return
from shop.orders.models import Order, Return, Shipment
from shop.payments.models import Refund
from tests.purchases import NOW, article, books_balance, buy, cart_of, deliver_to
from tests.shop.fulfilment.test_admin import page as admin_page
from tests.shop.fulfilment.test_admin import press, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db: None) -> Order:
    """An order of two units that has just been shipped."""
    deliver_to("DE")
    bought = buy(cart_of(article("10.00", stock=5), quantity=2))
    ship_order(bought.pk, {bought.lines.get().pk: 2}, "staff", timezone.now())
    return bought


def form(order: Order, units: object, **more: str) -> dict[str, object]:
    return {f"quantity-{order.lines.get().pk}": units, "reason": "damaged", **more}


def test_a_guest_announces_a_return_on_the_order_page(client: Client, order: Order) -> None:
    address = f"{order.get_absolute_url()}return/"
    assert address in client.get(order.get_absolute_url()).content.decode()
    assert order.lines.get().title in client.get(address).content.decode()
    page = client.post(address, form(order, 1, note="a crack"), follow=True).content.decode()
    made = Return.objects.get()
    assert (made.note, made.lines.get().quantity, made.who) == ("a crack", 1, order.email)
    assert f"Write {made.number} on the parcel" in page
    assert "Return announced" in page


@pytest.mark.parametrize(
    ("units", "more", "status"),
    [(0, {}, 409), (3, {}, 400), ("many", {}, 400), (-1, {}, 400), (1, {"reason": "whim"}, 400)],
)
def test_a_refused_return_shows_a_message(
    client: Client, order: Order, units: object, more: dict[str, str], status: int
) -> None:
    response = client.post(f"{order.get_absolute_url()}return/", form(order, units, **more))
    assert response.status_code == status
    assert "note-error" in response.content.decode()
    assert not Return.objects.exists()


def test_no_return_is_offered_after_the_deadline(client: Client, order: Order) -> None:
    Shipment.objects.update(shipped_at=timezone.now() - timedelta(days=31))
    assert "/return/" not in client.get(order.get_absolute_url()).content.decode()
    assert "You cannot return items" in client.get(f"{order.get_absolute_url()}return/").content.decode()
    assert client.post(f"{order.get_absolute_url()}return/", form(order, 1)).status_code == 409
    assert client.get("/orders/a-guess/return/").status_code == 404
    assert not Return.objects.exists()


def test_the_order_page_needs_few_queries_for_any_number_of_returns(
    client: Client, order: Order, django_assert_max_num_queries: Any
) -> None:
    for _ in range(2):
        announce_return(order.pk, {order.lines.get().pk: 1}, reason="other", who="s", now=timezone.now())
    with django_assert_max_num_queries(19):
        assert client.get(order.get_absolute_url()).status_code == 200


def test_staff_handle_a_return_with_buttons(order: Order) -> None:
    client, line = staff("orders"), order.lines.get()
    press(client, order, "return", **{f"quantity-{line.pk}": 2, "reason": "unwanted"})
    made = Return.objects.get()
    assert made.who == "orders@example.com"
    shown = client.get(f"{admin_page(order)}change/").content.decode()
    assert f'aria-label="Receive return {made.number}"' in shown
    press(client, order, f"receive-{made.pk}", **{f"quantity-{line.pk}": 2, f"restock-{line.pk}": 1})
    assert Variant.objects.get().on_hand == 4
    shown = client.get(f"{admin_page(order)}change/").content.decode()
    assert 'value="20.00"' in shown, "the price of the returned units"
    assert "2 received, 1 restocked" in shown
    press(client, order, f"refund_return-{made.pk}", amount="18.00", reason="worn a little")
    made.refresh_from_db()
    assert (made.state, str(Refund.objects.get().amount)) == ("refunded", "18.000")
    books_balance()


def test_staff_close_a_return_without_a_refund(order: Order) -> None:
    made = announce_return(order.pk, {order.lines.get().pk: 1}, reason="other", who="s", now=NOW)
    client = staff("orders")
    assert "Reason" in press(client, order, f"decline-{made.pk}")
    press(client, order, f"decline-{made.pk}", reason="It never came.")
    made.refresh_from_db()
    assert made.state == "declined"


def test_support_sees_returns_and_has_no_buttons(order: Order) -> None:
    made = announce_return(order.pk, {order.lines.get().pk: 1}, reason="other", who="s", now=NOW)
    client = staff("support")
    assert made.number in client.get(f"{admin_page(order)}change/").content.decode()
    for action in ("return", f"receive-{made.pk}", f"decline-{made.pk}"):
        press(client, order, action, reason="other", **{f"quantity-{order.lines.get().pk}": 1})
    assert (Return.objects.get().state, Return.objects.count()) == ("announced", 1)


def test_returns_are_found_by_number_and_listed_among_the_tasks(order: Order) -> None:
    client = staff("orders")
    assert "Returns on their way" not in client.get("/admin/").content.decode()
    made = announce_return(order.pk, {order.lines.get().pk: 1}, reason="other", who="s", now=NOW)
    assert "/admin/orders/return/?state__exact=announced" in client.get("/admin/").content.decode()
    receive_return(made.pk, {}, {}, "staff", NOW)
    assert "/admin/orders/return/?state__exact=received" in client.get("/admin/").content.decode()
    for query, found in ((made.number, 1), (order.email, 1), (order.lines.get().sku, 1), ("R999999", 0)):
        assert client.get(f"/admin/orders/return/?q={query}").context["cl"].result_count == found
    assert client.get("/admin/orders/return/add/").status_code == 403


def test_the_api_announces_a_return_once_for_one_key(order: Order) -> None:
    api, address = APIClient(), f"/api/v1/orders/{order.secret}/returns/"
    line = api.get(f"/api/v1/orders/{order.secret}/").json()["lines"][0]["id"]
    assert api.get(address).json()["returnable"] == [{"line": line, "quantity": 2}]
    data = {"lines": [{"line": line, "quantity": 1}], "reason": "different"}
    first, again = (api.post(address, data, format="json", headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    known = api.get(address).json()
    assert [each["number"] for each in known["results"]] == [first.json()["number"]]
    assert known["returnable"] == [{"line": line, "quantity": 1}]
    refused = api.post(address, {**data, "lines": [{"line": line, "quantity": 2}]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "return_refused")


@pytest.mark.parametrize(
    "data",
    [
        {}, {"lines": []}, {"lines": [{"line": 1, "quantity": 0}], "reason": "other"},
        {"lines": [{"line": 1, "quantity": 1}, {"line": 1, "quantity": 1}], "reason": "other"},
        {"lines": [{"line": 1, "quantity": 1}], "reason": "whim"},
    ],
)  # fmt: skip
def test_invalid_input_by_api_is_a_clear_error(order: Order, data: Any) -> None:
    response = APIClient().post(f"/api/v1/orders/{order.secret}/returns/", data, format="json")
    assert response.status_code == 400
    assert set(response.json()) >= {"code", "detail"}
    assert APIClient().get("/api/v1/orders/guess/returns/").status_code == 404
    assert not Return.objects.exists()


def test_returns_are_part_of_exported_data(order: Order) -> None:
    alice = Customer.objects.create_user("alice@example.com")
    Order.objects.update(customer=alice)
    announce_return(order.pk, {order.lines.get().pk: 1}, reason="other", note="mine", who="s", now=NOW)
    assert export_data(alice)["orders"][0]["returns"][0]["note"] == "mine"
    erase_customer(alice, NOW)
    assert Return.objects.get().note == ""
