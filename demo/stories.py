"""Lives of the demo's orders: each is a story whose every step is done by the shop's own services.

A story that was broken off is told again from its beginning: a step that was taken is left as it is, and the dice fall
as they fell.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from shop.accounts.models import Customer
from shop.cart.models import Cart
from shop.cart.services import CartRefused, add_line
from shop.checkout.quote import Wish, quote_lines
from shop.checkout.services import Purchase, place_order
from shop.fulfilment.actions import cancel_order, complete_order, ship_order
from shop.fulfilment.payment import capture_payment, pay, pay_again
from shop.fulfilment.refunds import refund_payment
from shop.fulfilment.sweepers import expire_orders
from shop.management.commands.up import STAFF
from shop.orders.models import Order, OrderAddress
from shop.orders.services import unshipped
from shop.orders.states import State
from shop.payments.models import Payment
from shop.payments.services import share_of
from shop.reviews.models import Review
from shop.reviews.services import decide, write_review

CARD, DECLINED, PROMISED = "4242 4242 4242 4242", "4242 4242 4242 0002", "4242 4242 4242 0003"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CARRIERS = ["DHL", "UPS", "Hermes"]
REASONS = [_("Arrived with a chip"), _("The colour was not what I thought"), _("One too many"), _("Too large")]

# A story is told when to begin, says how long nothing happens, and is told what time it is then.
Story = Generator[timedelta, datetime, None]
Chapter = Generator[timedelta, datetime, tuple[Order, datetime]]


@dataclass
class Buyer:
    """Somebody who buys once: who, where it goes, what, and the dice of this order.

    Of what is wanted (pieces by variant), as many articles are bought as `articles` says; the others are there in case
    that one has sold out.
    """

    token: str
    email: str
    home: OrderAddress
    wanted: Mapping[int, int]
    articles: int
    dice: random.Random
    customer: Customer | None = None
    voucher: str = ""
    method: int | None = None
    opinions: Mapping[str, Any] = field(default_factory=dict)

    def order(self, now: datetime, gateway: str = "test", card: str = CARD) -> Order:
        """The order, not paid yet. Raises CheckoutRefused where nothing of what is wanted can be had."""
        cart, _is_new = Cart.objects.get_or_create(token=self.token, defaults={"created_at": now, "updated_at": now})
        if cart.ordered_at is not None:
            return Order.objects.get(cart=cart)
        cart.lines.all().delete()
        for variant, pieces in self.wanted.items():
            if cart.lines.count() == self.articles:
                break
            with suppress(CartRefused):  # sold out since, as it happens to customers
                add_line(cart, variant, pieces, now)
        wish = Wish(self.home.country, self.method, self.voucher, self.email)
        quote = quote_lines(list(cart.lines.select_related("variant__product__category")), wish, now)
        voucher = self.voucher if quote.offers.voucher else ""
        purchase = Purchase(
            email=self.email, delivery=self.home, seen_total=quote.total_amount, gateway=gateway,
            method_id=quote.shipping.method_id if quote.shipping else None, voucher_code=voucher,
            customer=self.customer, details={"card": card},
        )  # fmt: skip
        return place_order(cart.pk, purchase, now)

    def waits(self, least: timedelta, most: timedelta) -> timedelta:
        """Some time between the two."""
        return least + (most - least) * self.dice.random()


def bought(buyer: Buyer, gateway: str = "test", card: str = CARD) -> Chapter:
    """Ordered, and the provider asked."""
    now = yield timedelta()
    order = buyer.order(now, gateway, card)
    pay(order, "", now)
    return order, now


def paid(buyer: Buyer) -> Story:
    """Waits to be packed."""
    yield from bought(buyer)


def pending(buyer: Buyer) -> Story:
    """The customer has not come back from the payment yet."""
    now = yield timedelta()
    buyer.order(now)


def declined(buyer: Buyer) -> Story:
    """The first card does not do, the second does."""
    order, _now = yield from bought(buyer, card=DECLINED)
    now = yield buyer.waits(HOUR / 20, HOUR / 4)
    if _is(order, State.PENDING):
        pay_again(order.pk, "test", {"card": CARD}, "", now)
    now = yield buyer.waits(8 * HOUR, 2 * DAY)
    _ship(order, unshipped(order), buyer, now)


def expired(buyer: Buyer) -> Story:
    """Never paid."""
    now = yield timedelta()
    order = buyer.order(now)
    assert order.expires_at is not None
    now = yield order.expires_at - now + HOUR / 60
    expire_orders(now)


def shipped(buyer: Buyer) -> Chapter:
    """Paid and on its way."""
    order, _now = yield from bought(buyer)
    now = yield buyer.waits(8 * HOUR, 2 * DAY)
    _ship(order, unshipped(order), buyer, now)
    return order, now


def on_its_way(buyer: Buyer) -> Story:
    yield from shipped(buyer)


def partly_shipped(buyer: Buyer) -> Story:
    """The first parcel has left, the second waits."""
    order, _now = yield from bought(buyer)
    now = yield buyer.waits(8 * HOUR, 2 * DAY)
    if not order.shipments.exists():
        line, pieces = next(iter(unshipped(order).items()))
        _ship(order, {line: max(1, pieces - 1)}, buyer, now)


def delivered(buyer: Buyer) -> Chapter:
    """Nothing is owed any more."""
    order, _now = yield from shipped(buyer)
    now = yield buyer.waits(2 * DAY, 5 * DAY)
    _complete(order, now)
    return order, now


def completed(buyer: Buyer) -> Story:
    """Delivered; some say what they think of it."""
    order, _now = yield from delivered(buyer)
    if buyer.customer is not None and buyer.dice.random() < 0.3:
        now = yield buyer.waits(DAY, 5 * DAY)
        _review(order, buyer, now)


def refunded_partly(buyer: Buyer) -> Story:
    """One piece comes back."""
    order, _now = yield from delivered(buyer)
    now = yield buyer.waits(DAY, 6 * DAY)
    line = buyer.dice.choice(list(order.lines.all()))
    _refund(order, {line.pk: 1}, buyer, now)


def refunded(buyer: Buyer) -> Story:
    """All pieces come back; the customer has paid the delivery."""
    order, _now = yield from shipped(buyer)
    now = yield buyer.waits(3 * DAY, 9 * DAY)
    _refund(order, {line.pk: line.quantity for line in order.lines.all()}, buyer, now)


def called_off(buyer: Buyer) -> Story:
    """Paid, and cancelled before it was packed: all the money goes back."""
    order, _now = yield from bought(buyer)
    now = yield buyer.waits(HOUR, 6 * HOUR)
    if not _is(order, State.CANCELLED):
        cancel_order(order.pk, STAFF, now, str(_("The customer changed their mind.")))


def awaits_invoice(buyer: Buyer) -> Story:
    """Promised on invoice, sent or not, and the money has not come yet."""
    order, _now = yield from bought(buyer, gateway="invoice")
    if buyer.dice.random() < 0.5:
        now = yield buyer.waits(8 * HOUR, 2 * DAY)
        _ship(order, unshipped(order), buyer, now)


def promised(buyer: Buyer) -> Story:
    """The card's bank has promised the money; staff have to take it."""
    yield from bought(buyer, card=PROMISED)


def paid_invoice(buyer: Buyer) -> Story:
    """Sent on invoice, and the money came."""
    order, _now = yield from bought(buyer, gateway="invoice")
    now = yield buyer.waits(8 * HOUR, 2 * DAY)
    _ship(order, unshipped(order), buyer, now)
    now = yield buyer.waits(3 * DAY, 10 * DAY)
    if _payment(order).status == Payment.Status.AUTHORISED:
        capture_payment(_payment(order).pk, STAFF, now)
    _complete(order, now)


@dataclass(frozen=True)
class Kind:
    """How often a story happens among a hundred, and how long ago at least and at most it began."""

    story: Callable[[Buyer], Story]
    share: int
    at_least: timedelta
    at_most: timedelta = 365 * DAY


KINDS = [
    Kind(completed, 56, 13 * DAY),
    Kind(refunded_partly, 5, 13 * DAY),
    Kind(refunded, 4, 13 * DAY),
    Kind(paid_invoice, 6, 13 * DAY),
    Kind(expired, 6, DAY),
    Kind(called_off, 5, DAY),
    Kind(declined, 3, 4 * DAY),
    Kind(awaits_invoice, 4, 3 * DAY, 14 * DAY),
    Kind(promised, 1, 2 * HOUR, 2 * DAY),
    Kind(on_its_way, 4, 3 * DAY, 13 * DAY),
    Kind(partly_shipped, 2, 3 * DAY, 5 * DAY),
    Kind(paid, 3, HOUR / 2, 2 * DAY),
    Kind(pending, 1, HOUR / 30, HOUR / 2),
]


def _is(order: Order, state: State) -> bool:
    return Order.objects.filter(pk=order.pk, state=state).exists()


def _ship(order: Order, quantities: Mapping[int, int], buyer: Buyer, now: datetime) -> None:
    number = f"{buyer.dice.randrange(10**11):011}"
    carrier = buyer.dice.choice(CARRIERS)
    if any(quantities.values()):
        ship_order(order.pk, quantities, STAFF, now, carrier=carrier, number=number)


def _complete(order: Order, now: datetime) -> None:
    if not _is(order, State.COMPLETED):
        complete_order(order.pk, STAFF, now)


def _refund(order: Order, pieces: Mapping[int, int], buyer: Buyer, now: datetime) -> None:
    payment, lines = _payment(order), {line.pk: line for line in order.lines.all()}
    amount = sum(share_of(lines[key], number, order.currency) for key, number in pieces.items())
    if amount and not payment.refunds.exists():  # a voucher may have paid for it
        reason = str(buyer.dice.choice(REASONS))
        refund_payment(payment.pk, amount, pieces, restocks=True, reason=reason, who=STAFF, now=now)


def _payment(order: Order) -> Payment:
    return order.payments.exclude(status=Payment.Status.FAILED).get()


def _review(order: Order, buyer: Buyer, now: datetime) -> None:
    """Staff read it and show it. Whoever has spoken of the product already leaves it at that."""
    line = buyer.dice.choice(list(order.lines.select_related("variant__product")))
    assert buyer.customer is not None
    assert line.variant is not None
    product = line.variant.product
    if Review.objects.filter(customer=buyer.customer, product=product).exists():
        return
    rating = buyer.dice.choices([5, 4, 3, 2, 1], [46, 31, 13, 6, 4])[0]
    said = buyer.opinions[str(rating)]
    words = {
        "author": buyer.customer.name.partition(" ")[0], "rating": rating,
        "title": buyer.dice.choice(said["titles"]), "text": buyer.dice.choice(said["texts"]),
    }  # fmt: skip
    review = write_review(buyer.customer, product, words, now, has_bought=True)
    staff = Customer.objects.filter(email=STAFF).first()
    if staff is not None:
        decide(Review.objects.filter(pk=review.pk), Review.State.APPROVED, staff, now)
