"""All payment gateways, and those offered by the setting PAYMENTS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from shop.payments.gateways.interface import Gateway
from shop.payments.gateways.offline import FREE, FreeGateway, InvoiceGateway
from shop.payments.gateways.stripe import StripeGateway
from shop.payments.gateways.test import TestGateway

ALL: dict[str, Callable[[], Gateway]] = {
    "test": TestGateway,
    "stripe": StripeGateway,
    "invoice": InvoiceGateway,
    FREE: FreeGateway,
}


def gateway(name: str) -> Gateway:
    """Return a gateway, offered or not: payments are refunded by the gateway that took them. Raises KeyError."""
    return ALL[name]()


def offered() -> dict[str, Gateway]:
    """Return the gateways that customers can choose, in the order of the setting PAYMENTS."""
    return {name: ALL[name]() for name in settings.PAYMENTS}


def payment_choices() -> list[tuple[str, str]]:
    """Return the names and titles of the offered gateways."""
    return [(name, str(each.title)) for name, each in offered().items()]


def details_for(name: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the fields that this gateway declares; none if it is not offered."""
    found = offered().get(name)
    return {field: values[field] for field in found.fields if values.get(field)} if found else {}
