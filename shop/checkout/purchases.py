"""What became of a cart: the order that was made of it, and the way back."""

from __future__ import annotations

from datetime import datetime

from shop.accounts.models import Customer
from shop.cart.models import Cart
from shop.cart.services import refill_cart
from shop.checkout.fulfilment import ActionRefused, cancel_order
from shop.orders.models import Order
from shop.orders.states import State


def find_purchase(token: str, customer: Customer | None, cookie: str) -> Order | None:
    """The order that was made of the cart which the page was about, if it was this visitor's cart."""
    if not token:
        return None
    own = Order.objects.filter(cart__token=token)
    mine = own.filter(cart__customer=customer) if customer else own.filter(cart__customer=None, cart__token=cookie)
    return mine.first()


def cancel_and_refill(order_id: int, customer: Customer | None, token: str, now: datetime) -> Cart:
    """Cancel an unpaid order for its customer and put what it was for into the visitor's cart.

    Raises ActionRefused for what is paid or promised; TransitionRefused for what is over.
    """
    order = Order.objects.get(pk=order_id)
    if order.state != State.PENDING or order.expires_at is None:
        raise ActionRefused("Only an unpaid order is called off by its customer.")
    cancel_order(order_id, order.email, now)
    return refill_cart(customer, token, order.quantities(), now)
