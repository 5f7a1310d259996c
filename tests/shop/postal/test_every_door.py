"""One set of addresses goes through every form and API call and gets the same answers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from shop.accounts.models import Address, Customer
from shop.orders.models import Order
from shop.postal.models import PostalAddress
from tests.purchases import article, deliver_to
from tests.shop.checkout.test_pages import FIELDS, add, hidden
from tests.shop.checkout.test_staff_orders import PLACE, order_form, updated_form
from tests.shop.fulfilment.test_admin import staff
from tests.shop.postal.addresses import ACCEPTED, BASE, REFUSED

COUNTRIES = {place["country"] for place, _field, _message in REFUSED} | {place["country"] for place, _code in ACCEPTED}
BERLIN = {"country": "DE", "city": "Berlin", "postal_code": "10115"}
LONGEST = {**BERLIN, "line1": "x" * 200, "line2": "y" * 200, "company": "z" * 150}
Errors = dict[str, str]
Door = Callable[[dict[str, str]], tuple[PostalAddress | None, Errors]]


@pytest.fixture(autouse=True)
def delivered(db: None) -> None:
    for country in sorted(COUNTRIES):
        deliver_to(country, amount="4.90", percent=None)


def of_form(place: dict[str, str], prefix: str = "delivery") -> dict[str, str]:
    blank = dict.fromkeys(("postal_code", "city", "region"), "")
    return {f"{prefix}-{name}": value for name, value in {**BASE, **blank, **place}.items()}


def buy(place: dict[str, str], *, billing: bool) -> tuple[PostalAddress | None, Errors]:
    client = Client()
    add(client, article())
    sent = {**FIELDS, **of_form(BERLIN if billing else place)}
    if billing:
        sent |= {"bills_elsewhere": "on", **of_form(place, "billing")}
    page = client.post("/checkout/", {**sent, "update": "1"}).content.decode()
    answer: Any = client.post("/checkout/", {**sent, **hidden(page), "buy": "1"})
    if answer.status_code == 302:
        return Order.objects.latest("pk").addresses.get(kind="billing" if billing else "delivery"), {}
    form = answer.context["page"].billing if billing else answer.context["page"].delivery
    return None, {name: str(messages[0]) for name, messages in form.errors.items()}


def checkout_page(place: dict[str, str]) -> tuple[PostalAddress | None, Errors]:
    return buy(place, billing=False)


def billing_address(place: dict[str, str]) -> tuple[PostalAddress | None, Errors]:
    return buy(place, billing=True)


def api(place: dict[str, str]) -> tuple[PostalAddress | None, Errors]:
    client = APIClient()
    cart = client.post("/api/v1/cart/lines/", {"variant": article().pk}, format="json").json()
    sent = {"email": "alice@example.com", "payment": "test", "total": "14.90", "delivery": {**BASE, **place}}
    answer = client.post("/api/v1/checkout/", sent, format="json", headers={"Cart-Token": cart["token"]})
    if answer.status_code == 201:
        return Order.objects.latest("pk").addresses.get(kind="delivery"), {}
    return None, {name: messages[0] for name, messages in answer.json()["fields"]["delivery"].items()}


def staff_order(place: dict[str, str]) -> tuple[PostalAddress | None, Errors]:
    Customer.objects.filter(email="orders@example.com").delete()  # from the previous address
    clerk = staff("orders")
    sent = updated_form(clerk, {**order_form(article()), **of_form(place)})
    answer: Any = clerk.post(PLACE, {**sent, **of_form(place), "payment": "invoice", "place": "1"})
    if answer.status_code == 302:
        return Order.objects.latest("pk").addresses.get(kind="delivery"), {}
    form = answer.context["page"].delivery
    return None, {name: str(messages[0]) for name, messages in form.errors.items()}


def address_book(place: dict[str, str]) -> tuple[PostalAddress | None, Errors]:
    client = Client()
    client.force_login(Customer.objects.get_or_create(email="alice@example.com")[0])
    answer: Any = client.post("/account/addresses/new/", {**BASE, **place})
    if answer.status_code == 302:
        return Address.objects.latest("pk"), {}
    return None, {name: str(messages[0]) for name, messages in answer.context["form"].errors.items()}


every_door = pytest.mark.parametrize("door", [checkout_page, billing_address, api, staff_order, address_book])


@every_door
def test_undeliverable_addresses_are_refused_with_the_same_sentence(door: Door) -> None:
    for place, field, sentence in REFUSED:
        stored, errors = door(place)
        assert stored is None, place
        assert list(errors) == [field], place
        assert sentence in errors[field]


@every_door
def test_good_addresses_are_stored_alike(door: Door, settings: Any) -> None:
    settings.MAX_ADDRESSES = 100
    for place, postal_code in ACCEPTED:
        stored, errors = door(place)
        assert not errors, place
        assert stored is not None
        assert (stored.postal_code, stored.city) == (postal_code, place["city"])


@every_door
def test_every_form_has_the_same_lengths(door: Door) -> None:
    stored, errors = door(LONGEST)
    assert not errors
    assert stored is not None
    assert (stored.line1, stored.line2, stored.company) == ("x" * 200, "y" * 200, "z" * 150)
    for name, most in (("name", 150), ("company", 150), ("line1", 200), ("line2", 200), ("phone", 40)):
        assert list(door({**BERLIN, name: "x" * (most + 1)})[1]) == [name]


def test_a_country_without_postal_codes_gets_no_field_for_one(client: Client) -> None:
    add(client, article())
    place = of_form({"country": "HK", "region": "Kowloon"})
    page = client.post("/checkout/", {**FIELDS, **place, "update": "1"}).content.decode()
    assert ('name="delivery-postal_code"' in page, 'name="delivery-region"' in page) == (False, True)
    data = {name: value for name, value in {**FIELDS, **place}.items() if name != "delivery-postal_code"}
    assert client.post("/checkout/", {**data, **hidden(page), "buy": "1"}).status_code == 302
    delivery = Order.objects.get().addresses.get(kind="delivery")
    assert (delivery.postal_code, delivery.region, delivery.city) == ("", "Kowloon", "")


def test_a_saved_address_that_has_become_incomplete_is_refused(client: Client, alice: Customer) -> None:
    client.force_login(alice)
    old = Address.objects.create(customer=alice, name="Alice", line1="1 Long Street", city="Berlin", country="DE")
    add(client, article())
    data = {"email": alice.email, "payment": "test", "address": str(old.pk)}
    page = client.post("/checkout/", {**data, "update": "1"}).content.decode()
    answer = client.post("/checkout/", {**data, **hidden(page), "buy": "1"})
    assert (answer.status_code, Order.objects.count()) == (400, 0)
    assert "An address in Germany needs a postal code. Correct it in your address book" in answer.content.decode()
