"""Known and unknown addresses cause equal work, so that response times reveal nothing."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.accounts.models import Customer
from shop.models import Mail
from shop.tasks import send_mail


class CountingHasher(Argon2PasswordHasher):
    """The shop's hasher, counting its calls."""

    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).hashed += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        type(self).hashed += 1
        return super().verify(password, encoded)


@pytest.fixture(autouse=True)
def _hasher(settings: Any, alice: Customer) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]


def work(ask: Callable[[], Any]) -> tuple[int, int]:
    """Return the numbers of hashed passwords and written mails of a request."""
    before = CountingHasher.hashed
    with CaptureQueriesContext(connection) as queries:
        ask()
    written = [query for query in queries if query["sql"].startswith('INSERT INTO "shop_mail"')]
    return CountingHasher.hashed - before, len(written)


PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "email": ("/account/signup/", {"password1": "another long passphrase"}),
    "login": ("/account/login/", {"password": "wrong"}),
}


@pytest.mark.parametrize(("field", "hashed", "mails"), [("email", 1, 1), ("login", 1, 0)])
def test_sign_up_and_log_in_do_equal_work_for_known_and_unknown_addresses(field: str, hashed: int, mails: int) -> None:
    address, rest = PAGES[field]
    for email in ("alice@example.com", "stranger@example.com"):
        assert work(partial(Client().post, address, {field: email, **rest})) == (hashed, mails)


def test_an_inactive_customer_causes_equal_work(alice: Customer) -> None:
    Customer.objects.filter(pk=alice.pk).update(is_active=False)
    sent = {"login": alice.email, "password": "wrong"}
    assert work(lambda: Client().post("/account/login/", sent)) == (1, 0)


def test_password_reset_does_equal_work_and_stores_nothing_for_unknown_addresses() -> None:
    for email in ("alice@example.com", "stranger@example.com"):
        assert work(partial(Client().post, "/account/password/reset/", {"email": email})) == (0, 1)
    assert [mail.recipient for mail in Mail.objects.all()] == ["alice@example.com"]


def test_a_simulated_mail_is_not_sent() -> None:
    send_mail(0)
    assert not Mail.objects.exists()


def test_changing_to_another_customers_address_does_equal_work(bob: Customer) -> None:
    def add(email: str) -> tuple[int, str | None, tuple[int, int]]:
        client = Client()
        client.force_login(bob)
        answers: list[Any] = []
        cost = work(lambda: answers.append(client.post("/account/email/", {"email": email, "action_add": ""})))
        return answers[0].status_code, answers[0].headers.get("Location"), cost

    assert add("alice@example.com") == add("stranger@example.com")
