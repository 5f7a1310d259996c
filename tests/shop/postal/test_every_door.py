"""One check of addresses for checkout, account, staff and API: what each country's post would take."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from shop.accounts.models import Address, Customer
from shop.orders.models import Order
from shop.postal.rules import asked_fields, check_address
from tests.purchases import article, deliver_to
from tests.shop.checkout.test_pages import FIELDS, add, hidden
from tests.shop.checkout.test_staff_orders import PLACE, added_up, goods
from tests.shop.fulfilment.test_admin import staff

BASE = {"name": "Alice Example", "line1": "1 Long Street"}
WRONG = [
    ({"country": "DE", "city": "Berlin", "postal_code": ""}, "postal_code", "needs a postal code"),
    ({"country": "DE", "city": "Berlin", "postal_code": "1011"}, "postal_code", "looks like 26133"),
    ({"country": "DE", "city": "Berlin", "postal_code": "SW1A 1AA"}, "postal_code", "looks like 26133"),
    ({"country": "DE", "city": "", "postal_code": "10115"}, "city", "needs a city"),
    ({"country": "DE", "city": "\u200b \u2060", "postal_code": "10115"}, "city", "needs a city"),
    ({"country": "GB", "city": "London", "postal_code": "10115"}, "postal_code", "looks like"),
    ({"country": "US", "city": "Boston", "postal_code": "02108", "region": ""}, "region", "needs a region or state"),
    ({"country": "US", "city": "Boston", "postal_code": "02108", "region": "Atlantis"}, "region", "not a region"),
    ({"country": "US", "city": "Boston", "postal_code": "02108", "region": "California"}, "postal_code",
     "belongs to another region"),
    ({"country": "HK", "city": "", "region": ""}, "region", "needs a region or state"),
    ({"country": "SG", "postal_code": "", "city": "Singapore"}, "postal_code", "needs a postal code"),
]  # fmt: skip
RIGHT = [
    ({"country": "DE", "city": "Berlin", "postal_code": "10115"}, "10115"),
    ({"country": "DE", "city": "Berlin", "postal_code": " １０１１５ "}, "10115"),
    ({"country": "de", "city": "Berlin", "postal_code": "10115"}, "10115"),
    ({"country": "GB", "city": "London", "postal_code": "sw1a  1aa"}, "SW1A 1AA"),
    ({"country": "NL", "city": "Amsterdam", "postal_code": "1012ab"}, "1012AB"),
    ({"country": "US", "city": "Boston", "postal_code": "02108-1234", "region": "massachusetts"}, "02108-1234"),
    ({"country": "CN", "city": "Haidian", "postal_code": "100000", "region": "Beijing"}, "100000"),
    ({"country": "HK", "city": "", "postal_code": "000000", "region": "Kowloon"}, ""),
    ({"country": "SG", "city": "", "postal_code": "018956"}, "018956"),
    ({"country": "IE", "city": "Galway", "postal_code": ""}, ""),
    ({"country": "PA", "city": "Panamá", "postal_code": "none"}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("place", "field", "sentence"), WRONG)
def test_what_no_parcel_would_reach_is_said_at_its_field(place: dict[str, str], field: str, sentence: str) -> None:
    _kept, errors = check_address({**BASE, **place})
    assert list(errors) == [field]
    assert sentence in errors[field]


@pytest.mark.parametrize(("place", "postal_code"), RIGHT)
def test_addresses_are_taken_as_their_countries_write_them(place: dict[str, str], postal_code: str) -> None:
    kept, errors = check_address({**BASE, **place})
    assert (errors, kept["postal_code"], kept["country"]) == ({}, postal_code, place["country"].upper())


def test_addresses_are_kept_as_clean_text() -> None:
    place = {"country": "DE", "postal_code": "10115", "city": "Ko\u0308ln\u200b", "line1": "  Lange \u00a0Straße 1 "}
    kept, errors = check_address({**BASE, **place})
    assert (errors, kept["city"], kept["line1"]) == ({}, "Köln", "Lange Straße 1")


def test_a_country_that_is_none_is_refused() -> None:
    assert list(check_address({**BASE, "country": "ZZ", "city": "Town"})[1]) == ["country"]


@pytest.mark.parametrize(("country", "asked"), [
    ("DE", {"postal_code": True, "city": True}), ("US", {"postal_code": True, "city": True, "region": True}),
    ("HK", {"city": False, "region": True}), ("IE", {"postal_code": False, "city": True, "region": False}),
])  # fmt: skip
def test_each_country_is_asked_for_what_it_has(country: str, asked: dict[str, bool]) -> None:
    assert asked_fields(country) == asked


@pytest.fixture
def delivered(db: None) -> None:
    for country in ("DE", "US", "GB", "HK", "SG"):
        deliver_to(country, amount="4.90", percent=None)


def of_form(place: dict[str, str], prefix: str = "delivery") -> dict[str, str]:
    blank = dict.fromkeys(("postal_code", "city", "region"), "")
    return {f"{prefix}-{name}": value for name, value in {**BASE, **blank, **place}.items()}


@pytest.mark.usefixtures("delivered")
@pytest.mark.parametrize(("place", "field", "sentence"), WRONG)
def test_the_checkout_refuses_what_no_parcel_would_reach(
    client: Client, place: dict[str, str], field: str, sentence: str
) -> None:
    add(client, article())
    page = client.post("/checkout/", {**FIELDS, **of_form(place), "update": "1"}).content.decode()
    said = {**FIELDS, **of_form(place), **hidden(page)}
    answer = client.post("/checkout/", {**said, "buy": "1"})
    assert (answer.status_code, Order.objects.count()) == (400, 0)
    assert any(sentence in each for each in answer.context["page"].delivery.errors[field])
    elsewhere = {
        **said,
        **of_form({"country": "DE", "city": "Berlin", "postal_code": "10115"}),
        "bills_elsewhere": "on",
    }
    page = client.post("/checkout/", {**elsewhere, **of_form(place, "billing"), "update": "1"}).content.decode()
    answer = client.post("/checkout/", {**elsewhere, **of_form(place, "billing"), **hidden(page), "buy": "1"})
    assert (answer.status_code, list(answer.context["page"].billing.errors)) == (400, [field])


@pytest.mark.usefixtures("delivered")
def test_a_country_without_postal_codes_is_not_asked_for_one(client: Client) -> None:
    add(client, article())
    place = of_form({"country": "HK", "region": "Kowloon"})
    page = client.post("/checkout/", {**FIELDS, **place, "update": "1"}).content.decode()
    assert ('name="delivery-postal_code"' in page, 'name="delivery-region"' in page) == (False, True)
    said = {name: value for name, value in {**FIELDS, **place}.items() if name != "delivery-postal_code"}
    assert client.post("/checkout/", {**said, **hidden(page), "buy": "1"}).status_code == 302
    delivery = Order.objects.get().addresses.get(kind="delivery")
    assert (delivery.postal_code, delivery.region, delivery.city) == ("", "Kowloon", "")


@pytest.mark.usefixtures("delivered")
@pytest.mark.parametrize(("place", "field", "sentence"), WRONG)
def test_the_api_refuses_what_no_parcel_would_reach(place: dict[str, str], field: str, sentence: str) -> None:
    client = APIClient()
    cart = client.post("/api/v1/cart/lines/", {"variant": article().pk}, format="json").json()
    said = {"email": "alice@example.com", "payment": "test", "total": "14.90", "delivery": {**BASE, **place}}
    answer = client.post("/api/v1/checkout/", said, format="json", headers={"Cart-Token": cart["token"]})
    assert (answer.status_code, Order.objects.count()) == (400, 0)
    assert sentence in answer.json()["fields"]["delivery"][field][0]


@pytest.mark.usefixtures("delivered")
@pytest.mark.parametrize(("place", "field", "sentence"), WRONG)
def test_staff_cannot_send_where_no_parcel_would_arrive(place: dict[str, str], field: str, sentence: str) -> None:
    clerk = staff("orders")
    said = added_up(clerk, {**goods(article()), **of_form(place)})
    page = clerk.post(PLACE, {**said, **of_form(place), "payment": "invoice", "place": "1"})
    assert (page.status_code, Order.objects.count()) == (400, 0)
    assert sentence in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("place", "field", "sentence"), WRONG)
def test_the_address_book_refuses_what_no_parcel_would_reach(
    client: Client, alice: Customer, place: dict[str, str], field: str, sentence: str
) -> None:
    client.force_login(alice)
    page: Any = client.post("/account/addresses/new/", {**BASE, **place})
    assert (page.status_code, list(page.context["form"].errors)) == (400, [field])
    assert not Address.objects.exists()


@pytest.mark.usefixtures("delivered")
def test_an_old_address_of_the_book_that_lacks_something_is_not_sent_to(client: Client, alice: Customer) -> None:
    client.force_login(alice)
    old = Address.objects.create(customer=alice, name="Alice", line1="1 Long Street", city="Berlin", country="DE")
    add(client, article())
    said = {"email": alice.email, "payment": "test", "address": str(old.pk)}
    page = client.post("/checkout/", {**said, "update": "1"}).content.decode()
    answer = client.post("/checkout/", {**said, **hidden(page), "buy": "1"})
    assert (answer.status_code, Order.objects.count()) == (400, 0)
    assert "An address in Germany needs a postal code. Change it in your address book" in answer.content.decode()
