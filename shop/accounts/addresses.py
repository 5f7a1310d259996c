"""The address book: at most one entry is preferred for delivery, and one for invoices."""

from django.conf import settings
from django.db import transaction

from shop.accounts.models import Address, Customer


class AddressBookFullError(ValueError):
    """There are as many addresses as one customer may keep."""


def save_address(customer: Customer, address: Address) -> Address:
    """Keep the address; what it is preferred for, no other one is any more. The first one is preferred for both.

    Raises AddressBookFullError.
    """
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        others = Address.objects.filter(customer=customer).exclude(pk=address.pk)
        number = others.count()
        if address.pk is None and number >= settings.ADDRESSES_MOST:
            raise AddressBookFullError
        address.customer = customer
        for preference in ("is_default_shipping", "is_default_billing"):
            if number == 0:
                setattr(address, preference, True)
            elif getattr(address, preference):
                others.filter(**{preference: True}).update(**{preference: False})
        address.save()
    return address


def keep_address(customer: Customer, fields: dict[str, str]) -> None:
    """Take the address into the book, unless it is there already. Raises AddressBookFullError."""
    if not Address.objects.filter(customer=customer, **fields).exists():
        save_address(customer, Address(**fields))
