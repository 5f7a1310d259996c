"""Scenarios for demo orders, from placing the order to refunds and reviews, run by the shop's own services.

An interrupted scenario runs again from its start: it draws the same random numbers and skips completed steps.
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
from shop.checkout.quote import QuoteOptions, quote_lines
from shop.checkout.services import Purchase, place_order
from shop.fulfilment.actions import cancel_order, complete_order, ship_order
from shop.fulfilment.payment import capture_payment, pay, pay_again
from shop.fulfilment.refunds import refund_payment, share_of
from shop.fulfilment.remaining import shippable
from shop.fulfilment.sweepers import expire_orders
from shop.management.staff import STAFF
from shop.orders.models import Order, OrderAddress
from shop.orders.states import State
from shop.payments.models import Payment
from shop.reviews.models import Review
from shop.reviews.services import decide, write_review

CARD, DECLINED, AUTHORISED = "4242 4242 4242 4242", "4242 4242 4242 0002", "4242 4242 4242 0003"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CARRIERS = ["DHL", "UPS", "Hermes"]
REASONS = [_("Arrived with a chip"), _("The colour was not what I thought"), _("One too many"), _("Too large")]

# A scenario yields how long to wait before its next step and receives the time of that step.
Scenario = Generator[timedelta, datetime, None]
Part = Generator[timedelta, datetime, tuple[Order, datetime]]  # returns the order and the current time


@dataclass
class Buyer:
    """A buyer of one order, with the random generator of that order.

    `basket` maps variants to quantities. Only the first `max_lines` in stock are bought.
    """

    token: str
    email: str
    address: OrderAddress
    basket: Mapping[int, int]
    max_lines: int
    rng: random.Random
    customer: Customer | None = None
    voucher: str = ""
    method: int | None = None
    review_texts: Mapping[str, Any] = field(default_factory=dict)

    def order(self, now: datetime, gateway: str = "test", card: str = CARD) -> Order:
        """Place the order, unpaid. Raise CheckoutRefused if none of its items are in stock."""
        cart, _is_new = Cart.objects.get_or_create(token=self.token, defaults={"created_at": now, "updated_at": now})
        if cart.ordered_at is not None:
            return Order.objects.get(cart=cart)
        cart.lines.all().delete()
        for variant, quantity in self.basket.items():
            if cart.lines.count() == self.max_lines:
                break
            with suppress(CartRefused):  # sold out
                add_line(cart, variant, quantity, now)
        options = QuoteOptions(self.address.country, self.method, self.voucher, self.email)
        quote = quote_lines(list(cart.lines.select_related("variant__product__category")), options, now)
        voucher = self.voucher if quote.offers.voucher else ""
        purchase = Purchase(
            email=self.email, delivery=self.address, seen_total=quote.total_amount, gateway=gateway,
            method_id=quote.shipping.method_id if quote.shipping else None, voucher_code=voucher,
            customer=self.customer, details={"card": card},
        )  # fmt: skip
        return place_order(cart.pk, purchase, now)

    def wait(self, shortest: timedelta, longest: timedelta) -> timedelta:
        """Return a random duration between the two."""
        return shortest + (longest - shortest) * self.rng.random()


def _buy(buyer: Buyer, gateway: str = "test", card: str = CARD) -> Part:
    """Place an order and start its payment."""
    now = yield timedelta()
    order = buyer.order(now, gateway, card)
    pay(order, "", now)
    return order, now


def paid(buyer: Buyer) -> Scenario:
    """The order is paid and waits to be packed."""
    yield from _buy(buyer)


def pending(buyer: Buyer) -> Scenario:
    """The customer is still at the payment provider."""
    now = yield timedelta()
    buyer.order(now)


def declined(buyer: Buyer) -> Scenario:
    """The first card is declined, the second is accepted."""
    order, _now = yield from _buy(buyer, card=DECLINED)
    now = yield buyer.wait(HOUR / 20, HOUR / 4)
    if _is(order, State.PENDING):
        pay_again(order.pk, "test", {"card": CARD}, "", now)
    now = yield buyer.wait(8 * HOUR, 2 * DAY)
    _ship(order, shippable(order), buyer, now)


def expired(buyer: Buyer) -> Scenario:
    """The order is never paid."""
    now = yield timedelta()
    order = buyer.order(now)
    assert order.expires_at is not None
    now = yield order.expires_at - now + HOUR / 60
    expire_orders(now)


def _buy_and_ship(buyer: Buyer) -> Part:
    """Place and pay an order, then ship all of it."""
    order, _now = yield from _buy(buyer)
    now = yield buyer.wait(8 * HOUR, 2 * DAY)
    _ship(order, shippable(order), buyer, now)
    return order, now


def shipped(buyer: Buyer) -> Scenario:
    yield from _buy_and_ship(buyer)


def partly_shipped(buyer: Buyer) -> Scenario:
    """The first of two parcels has left."""
    order, _now = yield from _buy(buyer)
    now = yield buyer.wait(8 * HOUR, 2 * DAY)
    if not order.shipments.exists():
        line, quantity = next(iter(shippable(order).items()))
        _ship(order, {line: max(1, quantity - 1)}, buyer, now)


def _deliver(buyer: Buyer) -> Part:
    """Place, pay, ship and complete an order."""
    order, _now = yield from _buy_and_ship(buyer)
    now = yield buyer.wait(2 * DAY, 5 * DAY)
    _complete(order, now)
    return order, now


def completed(buyer: Buyer) -> Scenario:
    """The order is delivered, and 30 % of customers with an account write a review."""
    order, _now = yield from _deliver(buyer)
    if buyer.customer is not None and buyer.rng.random() < 0.3:
        now = yield buyer.wait(DAY, 5 * DAY)
        _review(order, buyer, now)


def refunded_partly(buyer: Buyer) -> Scenario:
    """One item is returned."""
    order, _now = yield from _deliver(buyer)
    now = yield buyer.wait(DAY, 6 * DAY)
    line = buyer.rng.choice(list(order.lines.all()))
    _refund(order, {line.pk: 1}, buyer, now)


def refunded(buyer: Buyer) -> Scenario:
    """All items are returned; the delivery is not refunded."""
    order, _now = yield from _buy_and_ship(buyer)
    now = yield buyer.wait(3 * DAY, 9 * DAY)
    _refund(order, {line.pk: line.quantity for line in order.lines.all()}, buyer, now)


def cancelled(buyer: Buyer) -> Scenario:
    """The order is paid, then cancelled and fully refunded before packing."""
    order, _now = yield from _buy(buyer)
    now = yield buyer.wait(HOUR, 6 * HOUR)
    if not _is(order, State.CANCELLED):
        cancel_order(order.pk, STAFF, now, str(_("The customer changed their mind.")))


def awaits_invoice(buyer: Buyer) -> Scenario:
    """The order on invoice is unpaid; half of these orders have shipped."""
    order, _now = yield from _buy(buyer, gateway="invoice")
    if buyer.rng.random() < 0.5:
        now = yield buyer.wait(8 * HOUR, 2 * DAY)
        _ship(order, shippable(order), buyer, now)


def authorised(buyer: Buyer) -> Scenario:
    """The card payment is authorised and waits for staff to capture it."""
    yield from _buy(buyer, card=AUTHORISED)


def paid_invoice(buyer: Buyer) -> Scenario:
    """The order on invoice is shipped, then paid."""
    order, _now = yield from _buy(buyer, gateway="invoice")
    now = yield buyer.wait(8 * HOUR, 2 * DAY)
    _ship(order, shippable(order), buyer, now)
    now = yield buyer.wait(3 * DAY, 10 * DAY)
    if _payment(order).status == Payment.Status.AUTHORISED:
        capture_payment(_payment(order).pk, STAFF, now)
    _complete(order, now)


@dataclass(frozen=True)
class ScenarioType:
    """A scenario, its share of all orders in per cent, and the range of its age."""

    run: Callable[[Buyer], Scenario]
    share: int
    min_age: timedelta
    max_age: timedelta = 365 * DAY


SCENARIOS = [
    ScenarioType(completed, 56, 13 * DAY),
    ScenarioType(refunded_partly, 5, 13 * DAY),
    ScenarioType(refunded, 4, 13 * DAY),
    ScenarioType(paid_invoice, 6, 13 * DAY),
    ScenarioType(expired, 6, DAY),
    ScenarioType(cancelled, 5, DAY),
    ScenarioType(declined, 3, 4 * DAY),
    ScenarioType(awaits_invoice, 4, 3 * DAY, 14 * DAY),
    ScenarioType(authorised, 1, 2 * HOUR, 2 * DAY),
    ScenarioType(shipped, 4, 3 * DAY, 13 * DAY),
    ScenarioType(partly_shipped, 2, 3 * DAY, 5 * DAY),
    ScenarioType(paid, 3, HOUR / 2, 2 * DAY),
    ScenarioType(pending, 1, HOUR / 30, HOUR / 2),
]


def _is(order: Order, state: State) -> bool:
    return Order.objects.filter(pk=order.pk, state=state).exists()


def _ship(order: Order, quantities: Mapping[int, int], buyer: Buyer, now: datetime) -> None:
    number = f"{buyer.rng.randrange(10**11):011}"
    carrier = buyer.rng.choice(CARRIERS)
    if any(quantities.values()):
        ship_order(order.pk, quantities, STAFF, now, carrier=carrier, number=number)


def _complete(order: Order, now: datetime) -> None:
    if not _is(order, State.COMPLETED):
        complete_order(order.pk, STAFF, now)


def _refund(order: Order, quantities: Mapping[int, int], buyer: Buyer, now: datetime) -> None:
    payment, lines = _payment(order), {line.pk: line for line in order.lines.all()}
    amount = sum(share_of(lines[key], number, order.currency) for key, number in quantities.items())
    if amount and not payment.refunds.exists():  # zero if a voucher paid for the item
        reason = str(buyer.rng.choice(REASONS))
        refund_payment(payment.pk, amount, quantities, restocks=True, reason=reason, who=STAFF, now=now)


def _payment(order: Order) -> Payment:
    return order.payments.exclude(status=Payment.Status.FAILED).get()


def _review(order: Order, buyer: Buyer, now: datetime) -> None:
    """Write a review and approve it, unless this customer has reviewed the product."""
    line = buyer.rng.choice(list(order.lines.select_related("variant__product")))
    assert buyer.customer is not None
    assert line.variant is not None
    product = line.variant.product
    if Review.objects.filter(customer=buyer.customer, product=product).exists():
        return
    rating = buyer.rng.choices([5, 4, 3, 2, 1], [46, 31, 13, 6, 4])[0]
    texts = buyer.review_texts[str(rating)]
    fields = {
        "author": buyer.customer.name.partition(" ")[0], "rating": rating,
        "title": buyer.rng.choice(texts["titles"]), "text": buyer.rng.choice(texts["texts"]),
    }  # fmt: skip
    review = write_review(buyer.customer, product, fields, now, has_bought=True)
    staff = Customer.objects.filter(email=STAFF).first()
    if staff is not None:
        decide(Review.objects.filter(pk=review.pk), Review.State.APPROVED, staff, now)
