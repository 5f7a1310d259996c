"""Verified purchases."""

from catalog.models import Product
from shop.accounts.models import Customer
from shop.orders import services


def has_bought(customer: Customer, product: Product) -> bool:
    """Return True if a paid order of the customer contains the product."""
    return services.has_bought(customer, product.pk)
