"""The address book, with at most one default for delivery and one for billing."""

from django.conf import settings
from django.db import transaction

from shop.accounts.models import Address, Customer


class AddressBookFullError(ValueError):
    """The customer has the maximum number of addresses."""


def save_address(customer: Customer, address: Address) -> Address:
    """Save an address. A new default replaces the old one, and the first address becomes the default for both.

    Raises AddressBookFullError.
    """
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        others = Address.objects.filter(customer=customer).exclude(pk=address.pk)
        number = others.count()
        if address.pk is None and number >= settings.MAX_ADDRESSES:
            raise AddressBookFullError
        address.customer = customer
        for default in ("is_default_shipping", "is_default_billing"):
            if number == 0:
                setattr(address, default, True)
            elif getattr(address, default):
                others.filter(**{default: True}).update(**{default: False})
        address.save()
    return address


def save_new_address(customer: Customer, fields: dict[str, str]) -> None:
    """Add the address to the book unless it is already there. Raises AddressBookFullError."""
    if not Address.objects.filter(customer=customer, **fields).exists():
        save_address(customer, Address(**fields))
