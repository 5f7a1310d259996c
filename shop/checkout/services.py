"""Place an order, in one transaction. `shop.fulfilment.payment` calls the provider afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.stock import OutOfStock
from shop.accounts.models import Customer
from shop.cart.models import Cart, CartLine
from shop.cart.services import close_cart
from shop.checkout.quote import Quote, QuoteOptions, quote_lines
from shop.fulfilment import order_stock
from shop.fulfilment.settlement import settle_free
from shop.orders.models import Order, OrderLine
from shop.orders.services import OrderDraft, create_order
from shop.payments.services import new_payment
from shop.postal.models import PostalAddress
from shop.promotions.services import VoucherRefused, redeem


@dataclass(frozen=True)
class Purchase:
    """Everything that a customer enters to order a cart. `seen_total` is the total on the page they submitted.

    `placed_by` is the member of staff who orders for the customer. With `link_valid_for`, the customer pays later,
    through a link: no payment is begun, and `gateway` is ignored.
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
    link_valid_for: timedelta | None = None

    @property
    def who(self) -> str:
        return self.placed_by or self.email

    @property
    def options(self) -> QuoteOptions:
        """Options without the email address: `redeem` counts the customer's uses of the voucher, under a lock."""
        return QuoteOptions(self.delivery.country, self.method_id, self.voucher_code)


class CheckoutRefused(ValueError):
    """The order was refused: a code for programs, and messages that say why and what to do."""

    def __init__(self, code: str, *messages: str) -> None:
        super().__init__(" ".join(messages))
        self.code = code
        self.messages = list(messages)


def place_order(cart_id: int, purchase: Purchase, now: datetime) -> Order:
    """Order the cart and reserve the stock. For a cart that has been ordered already, return that order.

    Raises CheckoutRefused if an item is not available or the total has changed since the customer saw it.
    """
    with transaction.atomic():
        cart = Cart.objects.select_for_update().get(pk=cart_id)
        if cart.ordered_at is not None:
            return Order.objects.get(cart=cart)
        lines = CartLine.objects.filter(cart=cart).select_related("variant__product__category")
        quote = quote_lines(list(lines), purchase.options, now)
        _compare(quote, purchase)
        draft = _draft(cart, quote, purchase, now)
        order = create_order(draft, purchase.who, now)
        try:
            quantities = {line.variant_id: line.quantity for line in quote.lines if line.variant_id}
            order_stock.hold(order, quantities, purchase.who, now)
            if quote.offers.voucher is not None:
                redeem(quote.offers.voucher, order, now)
        except OutOfStock as short:
            message = _("There is not enough stock of %(title)s. Reduce the quantity or remove it.")
            titles = [line.title for line in quote.lines if line.variant_id in short.available]
            raise CheckoutRefused("out_of_stock", *(message % {"title": title} for title in titles)) from short
        except VoucherRefused as refused:
            raise CheckoutRefused("voucher_refused", str(refused)) from refused
        close_cart(cart, now)
        if purchase.link_valid_for is None or not order.total_amount:
            payment = new_payment(order, purchase.gateway, purchase.details, now)
            if not order.total_amount:
                settle_free(payment, order, now)
    return order


def _compare(quote: Quote, purchase: Purchase) -> None:
    """Raise CheckoutRefused if the quote differs from what the customer saw."""
    if not quote.lines and not quote.problems:
        raise CheckoutRefused("cart_empty", _("Your cart is empty. Add something to it first."))
    if quote.problems:
        raise CheckoutRefused("cart_problems", *(problem.message for problem in quote.problems))
    if purchase.voucher_code and quote.offers.refusal:
        raise CheckoutRefused("voucher_refused", quote.offers.refusal)
    if quote.shipping is None:
        raise CheckoutRefused(
            "not_delivered", _("We do not deliver these items to this country. Choose another address.")
        )
    if purchase.method_id is not None and quote.shipping.method_id != purchase.method_id:
        raise CheckoutRefused("method_gone", _("This delivery method is no longer available. Choose another."))
    if purchase.seen_total != quote.total_amount:
        message = _("The price of %(title)s has changed.")
        changed = [message % {"title": line.title} for line in quote.lines if line.has_new_price]
        raise CheckoutRefused("total_changed", *changed, _("The total has changed. Check it and order again."))
    if quote.total_amount and purchase.link_valid_for is None and purchase.gateway not in settings.PAYMENTS:
        raise CheckoutRefused("payment_unknown", _("Choose a payment method."))


def _draft(cart: Cart, quote: Quote, purchase: Purchase, now: datetime) -> OrderDraft:
    priced, voucher = quote.priced, quote.offers.voucher
    return OrderDraft(
        cart_id=cart.pk,
        customer=purchase.customer,
        email=purchase.email,
        language=get_language() or "",
        note=purchase.note,
        expires_at=now + (purchase.link_valid_for or timedelta(minutes=settings.ORDER_EXPIRES_MINUTES)),
        currency=quote.currency,
        goods_amount=priced.goods_amount,
        discount_amount=priced.discount_amount,
        shipping_amount=priced.shipping_amount,
        shipping_tax_amount=priced.shipping_tax_amount,
        tax_amount=priced.tax_amount,
        total_amount=quote.total_amount,
        tax_name=priced.tax.name,
        shipping_tax_percent=priced.shipping_tax_percent,
        is_tax_included=priced.tax.is_included,
        shipping_name=quote.shipping.method.name if quote.shipping else "",
        voucher_code=voucher.code if voucher else "",
        lines=[
            OrderLine(
                variant=line.variant,
                title=line.variant.product.title,
                options=line.variant.label[:200],
                sku=line.variant.sku,
                quantity=amounts.quantity,
                unit_amount=amounts.unit_amount,
                discount_amount=amounts.discount_amount,
                tax_percent=amounts.tax_percent,
                tax_amount=amounts.tax_amount,
                total_amount=amounts.total_amount,
            )
            for line, amounts in zip(quote.lines, priced.lines, strict=True)
            if line.variant
        ],
        discounts=priced.discounts.applied,
        delivery=purchase.delivery,
        billing=purchase.billing or purchase.delivery,
    )
