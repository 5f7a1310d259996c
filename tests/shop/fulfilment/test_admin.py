"""Orders in the admin: staff act with buttons, as their roles permit."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import Variant
from shop.accounts.models import Customer
from shop.management.commands.make_roles import make_roles
from shop.orders.models import Order, Shipment
from shop.payments.models import Payment, Refund
from tests.forms import form_data
from tests.purchases import PROMISED, article, books_balance, buy, cart_of, deliver_to
from tests.races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db: None) -> Order:
    deliver_to("DE")
    return buy(cart_of(article("10.00", stock=5), quantity=2))


def staff(*roles: str) -> Client:
    """Return a client logged in as staff with these roles."""
    make_roles()
    name = "-".join(roles) or "nobody"
    person = Customer.objects.create_user(f"{name}@example.com", "correct horse", is_staff=True)
    person.groups.set(Group.objects.filter(name__in=roles))
    client = Client()
    client.force_login(person)
    return client


def page(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/"


def press(client: Client, order: Order, action: str, **fields: Any) -> str:
    response = client.post(f"{page(order)}act/", {"action": action, **fields}, follow=True)
    return response.content.decode()


def test_staff_ship_refund_and_complete_by_buttons(order: Order) -> None:
    client, line, payment = staff("orders"), order.lines.get(), order.payments.get()
    shown = client.get(f"{page(order)}change/").content.decode()
    for title in ("Ship", "Refund", "Cancel order"):
        assert f'aria-label="{title}"' in shown
    press(client, order, "ship", carrier="DHL", number="42", url="https://dhl.test/42", **{f"quantity-{line.pk}": 2})
    assert Shipment.objects.get().tracking_number == "42"
    refund = {"amount": "10.00", "restocks": "on", "reason": "broken", f"quantity-{line.pk}": 1}
    press(client, order, f"refund-{payment.pk}", **refund)
    assert (Refund.objects.get().status, Variant.objects.get().on_hand) == (Refund.Status.DONE, 4)
    press(client, order, "complete")
    order.refresh_from_db()
    assert order.state == "completed"
    who = set(order.events.values_list("who", flat=True))
    assert who == {"alice@example.com", "system", "orders@example.com"}
    books_balance()


def test_the_capture_button_captures_the_payment() -> None:
    deliver_to("DE")
    order = buy(cart_of(article()), card=PROMISED)
    press(staff("orders"), order, f"capture-{order.payments.get().pk}")
    assert Payment.objects.get().status == Payment.Status.CAPTURED


def test_the_cancel_button_refunds_everything(order: Order) -> None:
    press(staff("orders"), order, "cancel", reason="no longer wanted")
    order.refresh_from_db()
    assert (order.state, Refund.objects.get().amount) == ("cancelled", order.total_amount)
    books_balance()


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("refund", {"amount": "1000"}, "can still be refunded"),
        ("refund", {"amount": "-5"}, "Amount"),
        ("refund", {"amount": "lots"}, "Amount"),
        ("ship", {}, "parcel is empty"),
        ("capture", {}, "no longer possible"),
        ("complete", {}, "no longer possible"),
        ("explode", {}, "no longer possible"),
    ],
)
def test_refused_actions_show_a_message(order: Order, action: str, fields: dict[str, str], words: str) -> None:
    key = f"refund-{order.payments.get().pk}" if action == "refund" else action
    assert words in press(staff("orders"), order, key, **fields)
    assert not Refund.objects.exists()


@pytest.mark.parametrize(("role", "status"), [("catalogue", 403), ("support", 200), ("orders", 200)])
def test_roles_see_orders_as_permitted(order: Order, role: str, status: int) -> None:
    assert staff(role).get(f"{page(order)}change/").status_code == status


def test_support_reads_orders_and_has_no_buttons(order: Order) -> None:
    client = staff("support")
    assert "act/" not in client.get(f"{page(order)}change/").content.decode()
    for action in ("ship", "cancel", f"refund-{order.payments.get().pk}"):
        press(client, order, action, amount="1")
    order.refresh_from_db()
    assert (order.state, Refund.objects.count()) == ("paid", 0)


def test_customers_and_guests_have_no_buttons(order: Order) -> None:
    mallory = Client()
    mallory.force_login(Customer.objects.create_user("mallory@example.com", "correct horse"))
    for client in (mallory, Client()):
        assert client.post(f"{page(order)}act/", {"action": "cancel"}).status_code == 302
    order.refresh_from_db()
    assert order.state == "paid"


def test_orders_cannot_be_edited(order: Order) -> None:
    client = Client()
    client.force_login(Customer.objects.create_superuser("root@example.com", "correct horse"))
    for address in (f"{page(order)}change/", "/admin/orders/order/add/"):
        client.post(address, {"total_amount": "1", "state": "completed", "_save": "1"})
    order.refresh_from_db()
    assert (order.state, str(order.total_amount)) == ("paid", "24.900")
    assert Order.objects.count() == 1
    assert client.get(f"{page(order)}delete/").status_code == 403
    assert client.get(f"{page(order)}act/").status_code == 405


def test_orders_are_found_by_number_email_and_sku(order: Order) -> None:
    client = staff("orders")
    for query, found in ((order.number, 1), ("alice@example.com", 1), (order.lines.get().sku, 1), ("999999", 0)):
        assert client.get(f"/admin/orders/order/?q={query}").context["cl"].result_count == found


@pytest.mark.parametrize("number", [1, 12])
def test_the_list_needs_few_queries(number: int, django_assert_max_num_queries: Any) -> None:
    deliver_to("DE")
    for _ in range(number):
        buy(cart_of(article()))
    client = staff("orders")
    with django_assert_max_num_queries(12):
        assert client.get("/admin/orders/order/").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["orders/shippingmethod", "orders/taxrate", "promotions/promotion", "payments/payment", "payments/refund"],
)
def test_admin_pages_open(order: Order, address: str) -> None:
    assert staff("orders").get(f"/admin/{address}/").status_code in (200, 403)
    root = Client()
    root.force_login(Customer.objects.create_superuser("root@example.com", "correct horse"))
    assert root.get(f"/admin/{address}/").status_code == 200


def test_a_button_of_an_outdated_page_does_nothing(order: Order) -> None:
    rita, tom, payment = staff("orders"), staff("orders", "support"), order.payments.get()
    last_event = rita.get(f"{page(order)}change/").context["last_event"]
    refund = {"amount": "5.00", "reason": "a scratch", "last_event": last_event}
    press(tom, order, f"refund-{payment.pk}", **refund)
    fields = press(rita, order, f"refund-{payment.pk}", **refund)
    assert "Nothing was done: the order has changed since you opened it." in fields
    assert Refund.objects.count() == 1
    fresh = form_data(rita.get(f"{page(order)}change/"), "")
    press(rita, order, f"refund-{payment.pk}", **refund | {"last_event": fresh["last_event"][0]})
    assert Refund.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_refunds_refund_once() -> None:
    deliver_to("DE")
    order = buy(cart_of(article("10.00", stock=5), quantity=2))
    clients, key = [staff("orders"), staff("orders", "support")], f"refund-{order.payments.get().pk}"
    fields = {"amount": "5.00", "last_event": clients[0].get(f"{page(order)}change/").context["last_event"]}
    race(2, lambda which: press(clients[which], order, key, **fields))
    assert Refund.objects.count() == 1
    books_balance()
