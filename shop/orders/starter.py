"""Delivery charges and tax rates that a new shop starts with. Staff change them in the admin."""

from decimal import Decimal

from django.db import transaction

from shop.orders.models import ShippingMethod, ShippingRate, TaxRate

# Standard VAT, reduced VAT (the highest if there are several), both in per cent, and the price of a parcel.
COUNTRIES = {
    "AT": ("20", "10", "9.90"), "BE": ("21", "12", "9.90"), "CH": ("0", None, "19.90"), "DE": ("19", "7", "4.90"),
    "DK": ("25", None, "12.90"), "ES": ("21", "10", "12.90"), "FR": ("20", "10", "9.90"), "IT": ("22", "10", "12.90"),
    "NL": ("21", "9", "9.90"), "PL": ("23", "8", "12.90"), "SE": ("25", "12", "14.90"),
}  # fmt: skip
FREE_FROM, EXPRESS_SURCHARGE, EXPRESS_MAX_GRAMS = Decimal(100), Decimal(10), 10_000


@transaction.atomic
def make_starting_charges() -> bool:
    """Create two delivery methods and the tax rates of some countries. Return False if there are any already.

    Runs in one transaction, so that the next start can repeat it after an interruption.
    """
    if ShippingMethod.objects.exists() or TaxRate.objects.exists():
        return False
    parcel = ShippingMethod.objects.create(name="Parcel", description="Two to four working days", position=0)
    express = ShippingMethod.objects.create(name="Express", description="The next working day", position=1)
    rates = []
    for country, (percent, reduced, cost) in COUNTRIES.items():
        TaxRate.objects.create(
            country=country, percent=Decimal(percent), reduced_percent=Decimal(reduced) if reduced else None
        )
        amount = Decimal(cost)
        rates += [
            ShippingRate(method=parcel, country=country, amount=amount, below_amount=FREE_FROM),
            ShippingRate(method=parcel, country=country, amount=0, from_amount=FREE_FROM),
            ShippingRate(
                method=express, country=country, amount=amount + EXPRESS_SURCHARGE, most_grams=EXPRESS_MAX_GRAMS
            ),
        ]
    ShippingRate.objects.bulk_create(rates)
    return True
