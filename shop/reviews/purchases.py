"""Whether a customer has bought what she speaks of."""

from catalog.models import Product
from shop.accounts.models import Customer
from shop.orders import history


def has_bought(customer: Customer, product: Product) -> bool:
    """Whether one of her paid orders holds the product."""
    return history.has_bought(customer, product.pk)
