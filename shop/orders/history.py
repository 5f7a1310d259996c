"""A customer's orders: assigned to the account, and looked up by product."""

from __future__ import annotations

from shop.accounts.models import Customer
from shop.orders.models import Order


def adopt_orders(customer: Customer, email: str) -> int:
    """Give the customer what was ordered as a guest with an address that is proven to be theirs; how many orders."""
    return Order.objects.filter(customer=None, email__iexact=email).update(customer=customer)


def has_bought(customer: Customer, product_id: int) -> bool:
    """Whether the customer has paid for any variant of the product."""
    return Order.objects.paid().filter(customer=customer, lines__variant__product_id=product_id).exists()
