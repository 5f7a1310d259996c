"""Data export and account erasure (GDPR, articles 15 and 17).

An app that stores personal data registers its part in a module called `personal_data`. Records that the law requires,
such as invoices, are kept but detached from the customer.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from shop.accounts.models import Address, Customer
from shop.models import Mail
from shop.postal.models import ADDRESS_FIELDS

Export = Callable[[Customer], Any]  # returns JSON; times and amounts as text
Erase = Callable[[Customer, datetime], None]


class Contributor(NamedTuple):
    export: Export
    erase: Erase


_contributors: dict[str, Contributor] = {}


class StaffAccountError(ValueError):
    """Staff cannot erase their own account: the log of their actions must keep its author."""


def register(name: str, *, export: Export, erase: Erase) -> None:
    """Register an app. `name` is its key in the export; registering it again replaces it."""
    _contributors[name] = Contributor(export, erase)


def export_data(customer: Customer) -> dict[str, Any]:
    """Return the customer's data as JSON, with one key per app."""
    return {name: each.export(customer) for name, each in _contributors.items()}


def erase_customer(customer: Customer, now: datetime) -> None:
    """Erase the customer in every app, then the account, in one transaction. Raises StaffAccountError."""
    if customer.is_staff:
        raise StaffAccountError
    with transaction.atomic():
        locked = Customer.objects.select_for_update().filter(pk=customer.pk).first()
        if locked is None:  # erased by another request
            return
        for each in _contributors.values():
            each.erase(locked, now)
        locked.delete()


def export_account(customer: Customer) -> dict[str, Any]:
    mails = Mail.objects.filter(recipient__iexact=customer.email).values("kind", "created_at", "status")
    addresses = Address.objects.of(customer)
    return {
        "email": customer.email,
        "name": customer.name,
        "joined_at": customer.joined_at.isoformat(),
        "last_login": customer.last_login.isoformat() if customer.last_login else None,
        "addresses": list(addresses.values(*ADDRESS_FIELDS, "is_default_shipping", "is_default_billing")),
        "mails": [{**mail, "created_at": mail["created_at"].isoformat()} for mail in mails],
    }


def erase_account(customer: Customer, now: datetime) -> None:
    """Delete the customer's emails. Their other rows are deleted with the account."""
    Mail.objects.filter(recipient__iexact=customer.email).delete()


register("account", export=export_account, erase=erase_account)
