"""Tax by rate, for pages, invoices and the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shop.money import ZERO


@dataclass(frozen=True)
class TaxSum:
    """Everything taxed at one rate: the net amount and the tax."""

    percent: Decimal
    net_amount: Decimal
    tax_amount: Decimal


def tax_by_rate(taxed: Iterable[TaxSum]) -> list[TaxSum]:
    """Sum by rate, the highest first. Rates without an amount are left out."""
    sums: dict[Decimal, TaxSum] = {}
    for each in taxed:
        total = sums.get(each.percent, TaxSum(each.percent, ZERO, ZERO))
        net, tax = total.net_amount + each.net_amount, total.tax_amount + each.tax_amount
        sums[each.percent] = TaxSum(each.percent, net, tax)
    charged = [each for each in sums.values() if each.net_amount or each.tax_amount]
    return sorted(charged, key=lambda each: -each.percent)
