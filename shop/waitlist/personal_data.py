"""Waitlist entries in a customer's data export and erasure."""

from datetime import datetime
from typing import Any

from shop.accounts.models import Customer
from shop.accounts.personal_data import register
from shop.waitlist.models import Waiting


def export(customer: Customer) -> list[dict[str, Any]]:
    return [
        {
            "sku": each.variant.sku,
            "asked_at": each.asked_at.isoformat(),
            "told_at": each.told_at.isoformat() if each.told_at else None,
        }
        for each in Waiting.objects.of(customer.email).select_related("variant")
    ]


def erase(customer: Customer, now: datetime) -> None:
    Waiting.objects.of(customer.email).delete()


register("waitlist", export=export, erase=erase)
