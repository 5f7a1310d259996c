"""Placing an order, in one transaction. Only then is a provider asked (`shop.fulfilment.payment`)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog import stock
from shop.accounts.addresses import AddressBookFullError, save_new_address
from shop.accounts.models import Customer
from shop.cart.models import Cart, CartLine
from shop.cart.services import close_cart
from shop.checkout.quote import Quote, Wish, quote_lines
from shop.fulfilment.settlement import settle_free
from shop.orders.creation import copy_discounts, create_order
from shop.orders.mails import mail_pay_link
from shop.orders.models import Order, OrderLine
from shop.payments.services import new_payment
from shop.postal.models import PostalAddress
from shop.promotions.services import VoucherRefused, redeem


@dataclass(frozen=True)
class Purchase:
    """All that a customer says to buy a cart. `seen_total` is what the page said when Buy was pressed.

    `placed_by` is who of the staff says it for them. With `link_lasts`, the customer gets a mail with a link and
    chooses there how to pay, within this time; `gateway` then says nothing.
    """

    email: str
    delivery: PostalAddress
    seen_total: Decimal
    gateway: str
    billing: PostalAddress | None = None
    method_id: int | None = None
    voucher_code: str = ""
    note: str = ""
    customer: Customer | None = None
    keeps_address: bool = False
    details: Mapping[str, str] = field(default_factory=dict)
    placed_by: str = ""
    link_lasts: timedelta | None = None

    @property
    def who(self) -> str:
        """Who acts."""
        return self.placed_by or self.email

    @property
    def wish(self) -> Wish:
        """Without the address: how often this customer used the voucher is counted under its lock, when it is used."""
        return Wish(self.delivery.country, self.method_id, self.voucher_code)


class CheckoutRefused(ValueError):
    """Nothing was bought: a code for programs, sentences that say why and what to do, and what it would cost now."""

    def __init__(self, code: str, messages: list[str], quote: Quote | None = None) -> None:
        super().__init__(" ".join(messages))
        self.code = code
        self.messages = messages
        self.quote = quote


def place_order(cart_id: int, purchase: Purchase, now: datetime) -> Order:
    """The pending order of the cart, its stock set aside. A cart that has one already gives that one again.

    Raises CheckoutRefused where something is not to be had (any more) or the total is not the one that was seen.
    """
    with transaction.atomic(durable=True):
        cart = Cart.objects.select_for_update().get(pk=cart_id)
        if cart.ordered_at is not None:
            return Order.objects.get(cart=cart)
        lines = CartLine.objects.filter(cart=cart).select_related("variant__product__category")
        quote = quote_lines(list(lines), purchase.wish, now)
        _agree(quote, purchase)
        order = create_order(*_agreed(cart, quote, purchase, now))
        copy_discounts(order, quote.priced.discounts.applied)
        _take_stock(order, quote, purchase.who, now)
        if quote.offers.voucher is not None:
            try:
                redeem(quote.offers.voucher, order, now)
            except VoucherRefused as refused:
                raise CheckoutRefused("voucher_refused", [str(refused)]) from refused
        close_cart(cart, now)
        if not order.total_amount:
            settle_free(order, now)  # the last step: nobody else issues an invoice until this commits
        elif purchase.link_lasts is None:
            new_payment(order, purchase.gateway, purchase.details, now)
        else:
            mail_pay_link(order, now)
    if purchase.keeps_address and purchase.customer is not None:  # nothing is locked any more
        with suppress(AddressBookFullError):  # the order counts more than an entry of the address book
            save_new_address(purchase.customer, purchase.delivery.values)
    return order


def find_purchase(token: str, customer: Customer | None, cookie: str) -> Order | None:
    """The order that was made of the cart which the page was about, if it was this visitor's cart."""
    if not token:
        return None
    own = Order.objects.filter(cart__token=token)
    mine = own.filter(cart__customer=customer) if customer else own.filter(cart__customer=None, cart__token=cookie)
    return mine.first()


def _agree(quote: Quote, purchase: Purchase) -> None:
    """Raises CheckoutRefused where the customer would not get what they saw."""
    if not quote.lines and not quote.problems:
        raise CheckoutRefused("cart_empty", [_("Your cart is empty.")], quote)
    if quote.problems:
        raise CheckoutRefused("cart_problems", [problem.message for problem in quote.problems], quote)
    if purchase.voucher_code and quote.offers.refusal:
        raise CheckoutRefused("voucher_refused", [quote.offers.refusal], quote)
    if quote.shipping is None:
        raise CheckoutRefused("not_delivered", [_("We do not deliver this to that country.")], quote)
    if purchase.method_id is not None and quote.shipping.method_id != purchase.method_id:
        raise CheckoutRefused(
            "method_gone", [_("That delivery cannot be had for this parcel. Choose another.")], quote
        )
    if purchase.seen_total != quote.total_amount:
        raise CheckoutRefused("total_changed", _what_changed(quote), quote)
    if quote.total_amount and purchase.link_lasts is None and purchase.gateway not in settings.PAYMENTS:
        raise CheckoutRefused("payment_unknown", [_("Choose how you want to pay.")], quote)


def _what_changed(quote: Quote) -> list[str]:
    changed = [line.title for line in quote.lines if line.has_new_price]
    said = [_("The price of %(title)s has changed.") % {"title": title} for title in changed]
    return [*said, _("The total has changed since you saw it. Look at it again, then buy.")]


def _agreed(
    cart: Cart, quote: Quote, purchase: Purchase, now: datetime
) -> tuple[dict[str, Any], list[OrderLine], PostalAddress, PostalAddress | None, str, datetime]:
    """What `create_order` copies."""
    priced, voucher = quote.priced, quote.offers.voucher
    fields = {
        "cart": cart,
        "customer": purchase.customer,
        "email": purchase.email,
        "language": get_language() or "",
        "note": purchase.note,
        "expires_at": now + (purchase.link_lasts or timedelta(minutes=settings.ORDER_EXPIRES_MINUTES)),
        "currency": quote.currency,
        "goods_amount": priced.goods_amount,
        "discount_amount": priced.discount_amount,
        "shipping_amount": priced.shipping_amount,
        "shipping_tax_amount": priced.shipping_tax_amount,
        "tax_amount": priced.tax_amount,
        "total_amount": quote.total_amount,
        "tax_name": priced.tax.name,
        "shipping_tax_percent": priced.shipping_tax_percent,
        "is_tax_included": priced.tax.is_included,
        "shipping_name": quote.shipping.method.name if quote.shipping else "",
        "voucher_code": voucher.code if voucher else "",
    }
    return fields, _copies(quote), purchase.delivery, purchase.billing, purchase.who, now


def _copies(quote: Quote) -> list[OrderLine]:
    return [
        OrderLine(
            variant=line.variant,
            title=line.variant.product.title,
            options=line.variant.label[:200],
            sku=line.variant.sku,
            quantity=priced.quantity,
            unit_amount=priced.unit_amount,
            discount_amount=priced.discount_amount,
            tax_percent=priced.tax_percent,
            tax_amount=priced.tax_amount,
            total_amount=priced.total_amount,
        )
        for line, priced in zip(quote.lines, quote.priced.lines, strict=True)
        if line.variant
    ]


def _take_stock(order: Order, quote: Quote, who: str, now: datetime) -> None:
    wanted = {line.variant_id: line.quantity for line in quote.lines if line.variant_id}
    try:
        stock.reserve(wanted, stock.Because(who, f"order {order.number}", now))
    except stock.OutOfStock as short:
        titles = [line.title for line in quote.lines if line.variant_id in short.available]
        message = _("Somebody was faster: of %(title)s there are not enough left.")
        raise CheckoutRefused("out_of_stock", [message % {"title": title} for title in titles]) from short
