"""Logging in with an email address."""

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError

from shop.accounts.models import Customer

pytestmark = pytest.mark.django_db


def test_log_in_ignores_the_case_of_the_address() -> None:
    alice = Customer.objects.create_user("Alice@example.com", "a long passphrase")
    assert authenticate(username="alice@EXAMPLE.com", password="a long passphrase") == alice


def test_addresses_are_unique_ignoring_case() -> None:
    Customer.objects.create_user("alice@example.com")
    with pytest.raises(IntegrityError):
        Customer.objects.create_user("ALICE@example.com")


def test_new_customers_are_not_staff() -> None:
    bob = Customer.objects.create_user("bob@example.com", "a long passphrase")
    assert not bob.is_staff
    assert not bob.is_superuser


def test_a_customer_needs_an_email_address() -> None:
    with pytest.raises(ValueError, match="email address"):
        Customer.objects.create_user("")
