"""Carts: open, fill, merge and close them. Every change locks the cart, so that two tabs do not lose updates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Product, Variant
from shop.accounts.models import Customer
from shop.cart.models import LARGEST_QUANTITY, Cart, CartLine


class CartRefused(ValueError):
    """The cart was not changed: a code for programs, and a message that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def open_cart(customer: Customer | None, token: str, now: datetime) -> Cart:
    """Return the open cart of the customer or guest; create one if there is none."""
    found = Cart.objects.open().of(customer, token).with_item_count().first()
    if found is not None:
        return found
    times = {"created_at": now, "updated_at": now}
    if customer is None:
        return Cart.objects.create(**times)
    return Cart.objects.get_or_create(customer=customer, ordered_at=None, defaults=times)[0]


def add_line(cart: Cart, variant_id: int, quantity: int, now: datetime) -> CartLine:
    """Add this quantity of the variant. Raises CartRefused if it is not available."""
    with transaction.atomic():
        _lock(cart, now)
        variant = _buyable(variant_id, now)
        line = CartLine.objects.filter(cart=cart, variant=variant).first() or CartLine(cart=cart, quantity=0)
        return _fill(line, variant, line.quantity + quantity, held=line.quantity)


def change_line(cart: Cart, line_id: int, quantity: int, now: datetime) -> CartLine | None:
    """Set the line's quantity; 0 removes it and returns None. Raises CartRefused if it is not available."""
    with transaction.atomic():
        _lock(cart, now)
        line = CartLine.objects.filter(cart=cart, pk=line_id).first()
        if line is None:
            raise CartRefused("line_unknown", _("This item is no longer in your cart. The cart below is up to date."))
        if quantity < 1:
            line.delete()
            return None
        return _fill(line, _buyable(line.variant_id or 0, now), quantity, held=0)


def choose(cart: Cart, now: datetime, **choices: str) -> None:
    """Store the country or voucher code for estimates."""
    Cart.objects.filter(pk=cart.pk).update(updated_at=now, **choices)
    for name, value in choices.items():
        setattr(cart, name, value)


def merge_carts(customer: Customer, token: str, now: datetime) -> None:
    """At log-in, move the guest's cart into the customer's. Safe to run twice."""
    with transaction.atomic():
        guest = Cart.objects.select_for_update().open().filter(token=token, customer=None).first()
        if guest is None:
            return
        own = open_cart(customer, "", now)
        _lock(own, now)
        held = {line.variant_id: line for line in own.lines.all()}
        for line in guest.lines.exclude(variant=None):
            same = held.get(line.variant_id)
            if same is None:
                CartLine.objects.filter(pk=line.pk).update(cart=own)
            else:
                quantity = min(same.quantity + line.quantity, LARGEST_QUANTITY)
                CartLine.objects.filter(pk=same.pk).update(quantity=quantity)
        choose(own, now, voucher_code=own.voucher_code or guest.voucher_code, country=own.country or guest.country)
        guest.delete()


def close_cart(cart: Cart, now: datetime) -> None:
    """Mark the cart as ordered. Later additions go into a new cart."""
    Cart.objects.filter(pk=cart.pk).update(ordered_at=now)


def refill_cart(customer: Customer | None, token: str, quantities: dict[int, int], now: datetime) -> Cart:
    """Add what is available of these quantities by variant to the visitor's cart, and return the cart."""
    cart = open_cart(customer, token, now)
    for variant_id, quantity in quantities.items():
        try:
            add_line(cart, variant_id, quantity, now)
        except CartRefused:
            continue  # the customer sees in the cart what was added
    return cart


def fill_cart(cart: Cart, quantities: dict[int, int], now: datetime) -> list[str]:
    """Replace the cart's lines with these quantities by variant. Return a message for each unavailable item.

    Raises CartRefused if the cart has been ordered.
    """
    messages = []
    with transaction.atomic():
        _lock(cart, now)
        held = {line.variant_id: line for line in cart.lines.all()}
        cart.lines.exclude(variant__in=quantities).delete()
        for variant_id, quantity in quantities.items():
            try:
                line = held.get(variant_id) or CartLine(cart=cart, quantity=0)
                _fill(line, _buyable(variant_id, now), quantity, held=0)
            except CartRefused as refused:
                messages.append(refused.message)
    return messages


def _lock(cart: Cart, now: datetime) -> None:
    locked = Cart.objects.open().filter(pk=cart.pk).update(updated_at=now)
    if not locked:
        raise CartRefused("cart_closed", _("This cart has been ordered. Add the item again to start a new one."))


def _buyable(variant_id: int, now: datetime) -> Variant:
    visible: Any = Product.objects.visible(now)
    variant = Variant.objects.select_related("product").filter(pk=variant_id, product__in=visible).first()
    if variant is None:
        raise CartRefused("gone", _("This item is no longer sold. Search by photo to find similar ones."))
    return variant


def _fill(line: CartLine, variant: Variant, quantity: int, held: int) -> CartLine:
    title = " · ".join(filter(None, [variant.product.title, variant.label]))
    left = min(variant.available, LARGEST_QUANTITY)
    facts = {"title": title, "left": left, "held": held}
    if left < 1:
        raise CartRefused("sold_out", _("%(title)s is sold out.") % facts)
    if quantity > left:
        message = _("Only %(left)d left of %(title)s. Choose %(left)d or fewer.")
        if held:
            message = _("Only %(left)d left of %(title)s, and you have %(held)d in your cart already.")
        raise CartRefused("too_few", message % facts)
    line.variant, line.quantity, line.title, line.price_amount = variant, quantity, title, variant.price_amount
    line.save()
    return line
