"""Signal receivers for orders: assign guest orders to the account when their address is verified."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.dispatch import receiver

from shop.orders.services import adopt_orders


@receiver(email_confirmed)
def adopt_guest_orders(email_address: EmailAddress, **_: Any) -> None:
    adopt_orders(email_address.user, email_address.email)
