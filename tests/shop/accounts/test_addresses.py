"""The address book and its access control."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from shop.accounts.addresses import save_address
from shop.accounts.models import Address, Customer
from tests.forms import form_data

pytestmark = pytest.mark.django_db
HOME = {"name": "Alice Example", "line1": "Lindenweg 4", "postal_code": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture
def client_of_alice(client: Client, alice: Customer) -> Client:
    client.force_login(alice)
    return client


def test_the_first_address_becomes_the_default(client_of_alice: Client, alice: Customer) -> None:
    assert client_of_alice.post("/account/addresses/new/", HOME).headers["Location"] == "/account/addresses/"
    address = Address.objects.get()
    assert address.customer == alice
    assert address.is_default_shipping
    assert address.is_default_billing
    page = client_of_alice.get("/account/addresses/").content.decode()
    assert "Lindenweg 4" in page
    assert "Germany" in page


def test_a_new_default_replaces_the_old_one(client_of_alice: Client) -> None:
    client_of_alice.post("/account/addresses/new/", HOME)
    client_of_alice.post("/account/addresses/new/", {**HOME, "line1": "Office Street 1", "is_default_shipping": "on"})
    assert list(Address.objects.order_by("pk").values_list("is_default_shipping", "is_default_billing")) == [
        (False, True),
        (True, False),
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"postal_code": "1011"}, "postal_code"),
        ({"postal_code": ""}, "postal_code"),
        ({"city": ""}, "city"),
        ({"country": "US", "postal_code": "94103", "city": "San Francisco", "region": ""}, "region"),
        ({"country": "US", "postal_code": "94103", "city": "San Francisco", "region": "Atlantis"}, "region"),
        ({"country": "XX"}, "country"),
        ({"line1": ""}, "line1"),
        ({"name": "x" * 151}, "name"),
    ],
)
def test_an_undeliverable_address_is_refused(client_of_alice: Client, change: dict[str, str], field: str) -> None:
    page = client_of_alice.post("/account/addresses/new/", HOME | change)
    assert page.status_code == 400
    assert list(page.context["form"].errors) == [field]
    assert not Address.objects.exists()


@pytest.mark.parametrize(
    "place",
    [
        {"country": "IE", "postal_code": "", "city": "Galway", "region": ""},
        {"country": "US", "postal_code": "94103", "city": "San Francisco", "region": "CA"},
        {"country": "GB", "postal_code": "sw1a 1aa", "city": "London"},
        {"country": "CN", "postal_code": "100000", "city": "Haidian", "region": "北京市"},
        {"country": "HK", "postal_code": "", "city": "", "region": "Kowloon"},
    ],
)
def test_addresses_follow_the_rules_of_their_country(client_of_alice: Client, place: dict[str, str]) -> None:
    page = client_of_alice.post("/account/addresses/new/", HOME | place)
    assert page.status_code == 302, page.context["form"].errors


def test_owners_change_and_delete_their_addresses(client_of_alice: Client) -> None:
    client_of_alice.post("/account/addresses/new/", HOME)
    address = Address.objects.get()
    client_of_alice.post(f"/account/addresses/{address.pk}/", {**HOME, "line1": "Lindenweg 5"})
    address.refresh_from_db()
    assert address.line1 == "Lindenweg 5"
    for _ in range(2):
        assert (
            client_of_alice.post(f"/account/addresses/{address.pk}/delete/").headers["Location"]
            == "/account/addresses/"
        )
    assert not Address.objects.exists()


def test_mallory_cannot_open_alices_address(client: Client, alice: Customer, mallory: Customer) -> None:
    address = save_address(alice, Address(**HOME))
    client.force_login(mallory)
    assert client.get(f"/account/addresses/{address.pk}/").status_code == 404
    assert client.post(f"/account/addresses/{address.pk}/", {**HOME, "name": "Mallory"}).status_code == 404
    client.post(f"/account/addresses/{address.pk}/delete/")
    address.refresh_from_db()
    assert address.name == "Alice Example"
    assert "Lindenweg" not in client.get("/account/addresses/").content.decode()


def test_an_address_cannot_be_assigned_to_another_customer(
    client_of_alice: Client, alice: Customer, bob: Customer
) -> None:
    client_of_alice.post("/account/addresses/new/", {**HOME, "customer": bob.pk, "id": 1, "pk": 1})
    assert Address.objects.get().customer == alice


def test_the_address_book_is_limited(client_of_alice: Client, settings: Any) -> None:
    settings.MAX_ADDRESSES = 1
    client_of_alice.post("/account/addresses/new/", HOME)
    page = client_of_alice.post("/account/addresses/new/", HOME)
    assert "Your address book is full" in page.content.decode()
    assert Address.objects.count() == 1


def save_two_at_once(customer: Customer) -> list[str]:
    """Add a first address in two browsers at once, and return the errors."""
    failures: list[str] = []

    def save(line: str) -> None:
        try:
            save_address(customer, Address(**{**HOME, "line1": line}))
        except IntegrityError as error:
            failures.append(str(error))
        finally:
            connection.close()

    workers = [threading.Thread(target=save, args=[f"Street {number}"]) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return failures


@pytest.mark.django_db(transaction=True)
def test_concurrent_first_addresses_leave_one_default(alice: Customer) -> None:
    assert save_two_at_once(alice) == []
    assert Address.objects.filter(is_default_shipping=True).count() == 1
    assert Address.objects.count() == 4


def test_two_tabs_do_not_undo_each_others_changes(client_of_alice: Client, alice: Customer) -> None:
    address = save_address(alice, Address(**HOME))
    page = f"/account/addresses/{address.pk}/"
    first, second = (form_data(client_of_alice.get(page), "") for _tab in range(2))
    assert client_of_alice.post(page, first | {"line1": "Gartenweg 9"}).status_code == 302
    assert client_of_alice.post(page, second | {"phone": "+49 30 1234"}).status_code == 302
    address.refresh_from_db()
    assert (address.line1, address.phone) == ("Gartenweg 9", "+49 30 1234")


def test_a_line_changed_in_two_tabs_is_a_conflict(client_of_alice: Client, alice: Customer) -> None:
    address = save_address(alice, Address(**HOME))
    page = f"/account/addresses/{address.pk}/"
    first, second = (form_data(client_of_alice.get(page), "") for _tab in range(2))
    client_of_alice.post(page, first | {"line1": "Gartenweg 9"})
    conflict = client_of_alice.post(page, second | {"line1": "Seeweg 2"})
    assert conflict.status_code == 400
    assert client_of_alice.post(page, form_data(conflict, "") | {"_settle": "theirs:line1"}).status_code == 302
    address.refresh_from_db()
    assert address.line1 == "Gartenweg 9"


def test_saving_an_address_deleted_in_another_tab_explains_itself(client_of_alice: Client, alice: Customer) -> None:
    address = save_address(alice, Address(**HOME))
    page = f"/account/addresses/{address.pk}/"
    form = form_data(client_of_alice.get(page), "")
    address.delete()
    response = client_of_alice.post(page, form)
    assert response.status_code == 404
    assert "It may have been deleted." in response.content.decode()


def test_a_name_changed_in_another_tab_is_a_conflict(client_of_alice: Client, alice: Customer) -> None:
    form = form_data(client_of_alice.get("/account/name/"), "")
    Customer.objects.filter(pk=alice.pk).update(name="Alice B.")
    assert client_of_alice.post("/account/name/", form).status_code == 302
    alice.refresh_from_db()
    assert alice.name == "Alice B."
