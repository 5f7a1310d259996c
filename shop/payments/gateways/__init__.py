"""The providers that the settings switch on."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from shop.payments.gateways.free import FREE, FreeGateway
from shop.payments.gateways.interface import Gateway
from shop.payments.gateways.invoice import InvoiceGateway
from shop.payments.gateways.stripe import StripeGateway
from shop.payments.gateways.test import TestGateway

ALL: dict[str, Callable[[], Gateway]] = {
    "test": TestGateway,
    "stripe": StripeGateway,
    "invoice": InvoiceGateway,
    FREE: FreeGateway,
}


def gateway(name: str) -> Gateway:
    """The provider of that name, also one that is no longer offered: old payments are still refunded by it.

    Raises KeyError where there is none.
    """
    return ALL[name]()


def offered() -> dict[str, Gateway]:
    """What customers may pay with, in the order of the setting PAYMENTS."""
    return {name: ALL[name]() for name in settings.PAYMENTS}


def payment_choices() -> list[tuple[str, str]]:
    """Names and titles of what one may pay with."""
    return [(name, str(each.title)) for name, each in offered().items()]
