"""Tax by rate, as pages, invoices and the API show it: arithmetic only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shop.money import ZERO


@dataclass(frozen=True)
class TaxSum:
    """All that is taxed at one rate: what it costs without tax, and the tax."""

    percent: Decimal
    net_amount: Decimal
    tax_amount: Decimal


def tax_by_rate(taxed: Iterable[TaxSum]) -> list[TaxSum]:
    """What is taxed at the same rate as one sum, the highest rate first; rates at which nothing costs are left out."""
    sums: dict[Decimal, TaxSum] = {}
    for each in taxed:
        so_far = sums.get(each.percent, TaxSum(each.percent, ZERO, ZERO))
        net, tax = so_far.net_amount + each.net_amount, so_far.tax_amount + each.tax_amount
        sums[each.percent] = TaxSum(each.percent, net, tax)
    charged = [each for each in sums.values() if each.net_amount or each.tax_amount]
    return sorted(charged, key=lambda each: -each.percent)
