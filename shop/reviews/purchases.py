"""Verified purchases."""

from catalog.models import Product
from shop.accounts.models import Customer
from shop.orders import history


def has_bought(customer: Customer, product: Product) -> bool:
    """Return True if a paid order of the customer contains the product."""
    return history.has_bought(customer, product.pk)
