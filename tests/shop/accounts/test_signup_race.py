"""Concurrent sign-ups with one address."""

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import IntegrityError, connection
from django.http import HttpResponseBase
from django.test import Client

from shop.accounts.models import Customer
from shop.models import Mail
from tests.conftest import PASSWORD
from tests.races import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("next_try", range(3))
def test_concurrent_sign_ups_create_one_account_and_look_alike(next_try: int) -> None:
    cache.clear()

    def sign_up(which: int) -> HttpResponseBase:
        email = "alice@example.com" if which % 2 else "Alice@Example.com"
        return Client().post("/account/signup/", {"email": email, "password1": f"{PASSWORD} {which}"})

    answers = race(4, sign_up)
    assert [each for each in answers if isinstance(each, Exception)] == []
    assert {each["Location"] for each in answers if isinstance(each, HttpResponseBase)} == {"/account/confirm-email/"}
    assert Customer.objects.get().email == "alice@example.com"
    assert EmailAddress.objects.get().user == Customer.objects.get()
    assert Mail.objects.filter(recipient="alice@example.com").exists()


def test_other_integrity_errors_are_raised(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_customer ADD CONSTRAINT nobody CHECK (email <> 'alice@example.com')")
    try:
        with pytest.raises(IntegrityError):
            client.post("/account/signup/", {"email": "alice@example.com", "password1": PASSWORD})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_customer DROP CONSTRAINT nobody")
