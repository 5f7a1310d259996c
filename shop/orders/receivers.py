"""What orders do when a customer proves an address."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.dispatch import receiver

from shop.orders.history import adopt_orders


@receiver(email_confirmed)
def join_orders_of_a_guest(email_address: EmailAddress, **_: Any) -> None:
    """What was ordered as a guest with this address belongs to the account now."""
    adopt_orders(email_address.user, email_address.email)
