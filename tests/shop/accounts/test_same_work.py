"""An address with an account and one without cost the same work, so that the time of an answer tells nothing."""

from collections.abc import Callable
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
    """The shop's own, with the number of passwords that it has hashed."""

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
    """Passwords hashed, and rows of mails written, for one request."""
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
def test_signing_up_and_logging_in_cost_the_same_for_a_known_address(field: str, hashed: int, mails: int) -> None:
    address, rest = PAGES[field]
    for email in ("alice@example.com", "stranger@example.com"):
        assert work(lambda email=email: Client().post(address, {field: email, **rest})) == (hashed, mails)  # type: ignore[misc]


def test_a_customer_who_may_not_log_in_costs_the_same(alice: Customer) -> None:
    Customer.objects.filter(pk=alice.pk).update(is_active=False)
    sent = {"login": alice.email, "password": "wrong"}
    assert work(lambda: Client().post("/account/login/", sent)) == (1, 0)


def test_asking_for_a_new_password_costs_the_same_and_leaves_nothing_of_a_stranger() -> None:
    for email in ("alice@example.com", "stranger@example.com"):
        assert work(lambda email=email: Client().post("/account/password/reset/", {"email": email})) == (0, 1)  # type: ignore[misc]
    assert [mail.recipient for mail in Mail.objects.all()] == ["alice@example.com"]


def test_a_mail_that_never_was_is_not_sent() -> None:
    send_mail(0)
    assert not Mail.objects.exists()


def test_another_customers_address_costs_the_same_and_answers_alike(bob: Customer) -> None:
    def add(email: str) -> tuple[int, str | None, tuple[int, int]]:
        client = Client()
        client.force_login(bob)
        answers: list[Any] = []
        cost = work(lambda: answers.append(client.post("/account/email/", {"email": email, "action_add": ""})))
        return answers[0].status_code, answers[0].headers.get("Location"), cost

    assert add("alice@example.com") == add("stranger@example.com")
