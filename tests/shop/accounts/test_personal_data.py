"""Data export and account erasure."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client

from shop.accounts import personal_data
from shop.accounts.addresses import save_address
from shop.accounts.models import Address, Customer
from shop.mail import queue_mail
from shop.models import Mail
from tests.conftest import PASSWORD
from tests.shop.accounts.test_addresses import HOME

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def client_of_alice(client: Client, alice: Customer) -> Client:
    cache.clear()
    save_address(alice, Address(**HOME))
    queue_mail("accounts/notice", alice.email, "1", {"event": "password_changed"}, NOW)
    client.force_login(alice)
    return client


@pytest.fixture
def failing_contributor() -> Iterator[None]:
    """Register a contributor whose erasure fails."""

    def fail(customer: Customer, now: datetime) -> None:
        raise RuntimeError("not now")

    personal_data.register("broken", export=lambda customer: [], erase=fail)
    yield
    del personal_data._contributors["broken"]


def test_the_export_contains_the_account_and_all_registered_data(client_of_alice: Client) -> None:
    answer = client_of_alice.post("/account/data/export/")
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    data = json.loads(answer.content)
    assert data["account"]["email"] == "alice@example.com"
    assert data["account"]["addresses"][0]["line1"] == "Lindenweg 4"
    assert [mail["kind"] for mail in data["account"]["mails"]] == ["accounts/notice"]
    assert "argon2" not in answer.content.decode()


def test_the_export_is_not_available_by_get(client_of_alice: Client) -> None:
    assert client_of_alice.get("/account/data/export/").status_code == 405


def test_erasing_requires_the_password_and_deletes_everything(client_of_alice: Client, bob: Customer) -> None:
    save_address(bob, Address(**HOME))
    page = client_of_alice.post("/account/data/erase/", {"password": "a guess"})
    assert page.status_code == 400
    assert "Incorrect password" in page.content.decode()
    assert Customer.objects.filter(email="alice@example.com").exists()
    assert client_of_alice.post("/account/data/erase/", {"password": PASSWORD}).headers["Location"] == "/"
    assert not Customer.objects.filter(email="alice@example.com").exists()
    assert not Mail.objects.filter(recipient="alice@example.com").exists()
    assert list(Address.objects.values_list("customer__email", flat=True)) == ["bob@example.com"]
    assert client_of_alice.get("/account/").status_code == 302


def test_password_attempts_at_erasure_are_limited(client_of_alice: Client) -> None:
    answers = [client_of_alice.post("/account/data/erase/", {"password": f"guess {number}"}) for number in range(6)]
    assert "Too many failed login attempts" in answers[-1].content.decode()
    client_of_alice.post("/account/data/erase/", {"password": PASSWORD})
    assert Customer.objects.filter(email="alice@example.com").exists()


def test_erasing_is_all_or_nothing(client_of_alice: Client, alice: Customer, failing_contributor: None) -> None:
    with pytest.raises(RuntimeError):
        personal_data.erase_customer(alice, NOW)
    assert Mail.objects.filter(recipient=alice.email).exists()
    assert Address.objects.filter(customer=alice).exists()


def test_erasing_twice_is_harmless(alice: Customer) -> None:
    again = Customer.objects.get(pk=alice.pk)
    personal_data.erase_customer(alice, NOW)
    personal_data.erase_customer(again, NOW)
    assert not Customer.objects.exists()


def test_staff_cannot_erase_their_own_account(client: Client) -> None:
    cache.clear()
    staff = Customer.objects.create_superuser("staff@example.com", PASSWORD)
    client.force_login(staff)
    page = client.post("/account/data/erase/", {"password": PASSWORD})
    assert "Staff accounts cannot be deleted" in page.content.decode()
    assert Customer.objects.filter(pk=staff.pk).exists()
