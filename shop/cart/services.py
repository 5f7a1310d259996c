"""Filling and emptying carts. Every change locks the cart's row, so that two tabs cannot lose each other's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Product, Variant
from shop.accounts.models import Customer
from shop.cart.models import LARGEST_QUANTITY, Cart, CartLine


class CartRefused(ValueError):
    """What was asked for cannot be done: `code` for programs, `message` says what to do instead."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def find_cart(customer: Customer | None, token: str) -> Cart | None:
    """The open cart of the customer, or of the guest who knows the token; `pieces` says how many are in it."""
    found = Cart.objects.open().with_pieces()
    if customer is not None:
        return found.filter(customer=customer).first()
    return found.filter(token=token, customer=None).first() if token else None


def open_cart(customer: Customer | None, token: str, now: datetime) -> Cart:
    """The open cart of the customer or guest; a new one where there is none."""
    found = find_cart(customer, token)
    if found is not None:
        return found
    times = {"created_at": now, "updated_at": now}
    if customer is None:
        return Cart.objects.create(**times)
    return Cart.objects.get_or_create(customer=customer, ordered_at=None, defaults=times)[0]


def add_line(cart: Cart, variant_id: int, quantity: int, now: datetime) -> CartLine:
    """The line of the variant, with so many pieces more. Raises CartRefused where they cannot be had."""
    with transaction.atomic():
        _lock(cart, now)
        variant = _buyable(variant_id, now)
        line = CartLine.objects.filter(cart=cart, variant=variant).first() or CartLine(cart=cart, quantity=0)
        return _fill(line, variant, line.quantity + quantity, held=line.quantity)


def change_line(cart: Cart, line_id: int, quantity: int, now: datetime) -> CartLine | None:
    """The line with so many pieces; None of them takes the line out. Raises CartRefused where they cannot be had."""
    with transaction.atomic():
        _lock(cart, now)
        line = CartLine.objects.filter(cart=cart, pk=line_id).first()
        if line is None:
            raise CartRefused("line_unknown", _("This is not in your cart any more. The cart below is up to date."))
        if quantity < 1:
            line.delete()
            return None
        return _fill(line, _buyable(line.variant_id or 0, now), quantity, held=0)


def choose(cart: Cart, now: datetime, **choices: str) -> None:
    """Remember the country or the voucher's code that estimates go by."""
    Cart.objects.filter(pk=cart.pk).update(updated_at=now, **choices)
    for name, value in choices.items():
        setattr(cart, name, value)


def merge_carts(customer: Customer, token: str, now: datetime) -> None:
    """At log-in, what the guest had gathered joins the customer's cart. Safe to run twice."""
    with transaction.atomic():
        guest = Cart.objects.select_for_update().open().filter(token=token, customer=None).first()
        if guest is None:
            return
        own = open_cart(customer, "", now)
        _lock(own, now)
        held = {line.variant_id: line for line in own.lines.all()}
        for line in guest.lines.exclude(variant=None):
            mine = held.get(line.variant_id)
            if mine is None:
                CartLine.objects.filter(pk=line.pk).update(cart=own)
            else:
                quantity = min(mine.quantity + line.quantity, LARGEST_QUANTITY)
                CartLine.objects.filter(pk=mine.pk).update(quantity=quantity)
        choose(own, now, voucher_code=own.voucher_code or guest.voucher_code, country=own.country or guest.country)
        guest.delete()


def close_cart(cart: Cart, now: datetime) -> None:
    """An order was made of it: from now on, whoever adds something gets a new cart."""
    Cart.objects.filter(pk=cart.pk).update(ordered_at=now)


def refill_cart(customer: Customer | None, token: str, quantities: dict[int, int], now: datetime) -> Cart:
    """A cart with what an order was for, as far as it can still be had."""
    cart = open_cart(customer, token, now)
    for variant_id, quantity in quantities.items():
        try:
            add_line(cart, variant_id, quantity, now)
        except CartRefused:
            continue  # the rest is still worth having; the page of the cart shows what came back
    return cart


def fill_cart(cart: Cart, wanted: dict[int, int], now: datetime) -> list[str]:
    """Let the cart hold these pieces by variant and nothing else; sentences about what cannot be had like this.

    Raises CartRefused where the cart has been ordered.
    """
    refused = []
    with transaction.atomic():
        _lock(cart, now)
        held = {line.variant_id: line for line in cart.lines.all()}
        cart.lines.exclude(variant__in=wanted).delete()
        for variant_id, quantity in wanted.items():
            try:
                line = held.get(variant_id) or CartLine(cart=cart, quantity=0)
                _fill(line, _buyable(variant_id, now), quantity, held=0)
            except CartRefused as said:
                refused.append(said.message)
    return refused


def _lock(cart: Cart, now: datetime) -> None:
    locked = Cart.objects.open().filter(pk=cart.pk).update(updated_at=now)
    if not locked:
        raise CartRefused("cart_closed", _("This cart has been ordered. Put the article into a new one."))


def _buyable(variant_id: int, now: datetime) -> Variant:
    shown: Any = Product.objects.visible(now)
    variant = Variant.objects.select_related("product").filter(pk=variant_id, product__in=shown).first()
    if variant is None:
        raise CartRefused("gone", _("This article is not sold any more. Perhaps a photo finds something like it."))
    return variant


def _fill(line: CartLine, variant: Variant, quantity: int, held: int) -> CartLine:
    title = " · ".join(filter(None, [variant.product.title, variant.label]))
    left = min(variant.available, LARGEST_QUANTITY)
    if left < 1:
        raise CartRefused("sold_out", _("%(title)s has sold out.") % {"title": title})
    if quantity > left:
        raise CartRefused("too_few", _too_few(title, left, held))
    line.variant, line.quantity, line.title, line.price_amount = variant, quantity, title, variant.price_amount
    line.save()
    return line


def _too_few(title: str, left: int, held: int) -> str:
    names = {"title": title, "left": left, "held": held}
    if held:
        return _("Only %(left)d of %(title)s can be had, and %(held)d are in your cart already.") % names
    return _("Only %(left)d of %(title)s can be had. Choose %(left)d or fewer.") % names
