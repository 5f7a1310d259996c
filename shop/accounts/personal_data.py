"""Everything that the shop knows of a customer: handed to her, or forgotten.

Each room that keeps something about customers registers one contributor in its `apps.ready`; nobody here knows them.
What the law lets a shop keep, such as invoices, a contributor keeps with the person detached.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from shop.accounts.models import Address, Customer
from shop.models import Mail

Export = Callable[[Customer], Any]  # JSON: lists, dicts, texts, numbers; times and amounts as text
Erase = Callable[[Customer, datetime], None]


@dataclass(frozen=True)
class Contributor:
    """What one room says about a customer, and how it forgets her."""

    name: str
    export: Export
    erase: Erase


_contributors: dict[str, Contributor] = {}


class StaffStayError(ValueError):
    """Staff are not erased by themselves: what they did has to stay accountable."""


def register(name: str, *, export: Export, erase: Erase) -> None:
    """Let a room contribute under `name`, which is its key in the export. The same name replaces the first."""
    _contributors[name] = Contributor(name, export, erase)


def export_data(customer: Customer) -> dict[str, Any]:
    """All that is known of the customer, as JSON, a key for each room."""
    return {each.name: each.export(customer) for each in _contributors.values()}


def erase_customer(customer: Customer, now: datetime) -> None:
    """Forget the customer in every room, then the account itself. All or nothing. Raises StaffStayError."""
    if customer.is_staff:
        raise StaffStayError
    with transaction.atomic():
        locked = Customer.objects.select_for_update().filter(pk=customer.pk).first()
        if locked is None:  # pressed twice
            return
        for each in _contributors.values():
            each.erase(locked, now)
        locked.delete()


def export_account(customer: Customer) -> dict[str, Any]:
    """The account's own part: who she is, how to reach her, what was written to her."""
    fields = [field.name for field in Address._meta.fields if field.name not in ("id", "customer")]
    mails = Mail.objects.filter(recipient__iexact=customer.email).values("kind", "created_at", "status")
    return {
        "email": customer.email,
        "name": customer.name,
        "joined_at": customer.joined_at.isoformat(),
        "last_login": customer.last_login.isoformat() if customer.last_login else None,
        "addresses": list(Address.objects.of(customer).values(*fields)),
        "mails": [{**mail, "created_at": mail["created_at"].isoformat()} for mail in mails],
    }


def erase_account(customer: Customer, now: datetime) -> None:
    """What was written to her goes; the rest hangs on the account's row. Her sessions then belong to nobody."""
    Mail.objects.filter(recipient__iexact=customer.email).delete()
