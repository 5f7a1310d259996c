"""`manage.py demo_orders`: add a year of orders by the shop's own services. The same seed adds the same ones."""

import json
import random
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac

from catalog import stock
from catalog.demand import add_note
from catalog.models import Product, StockMovement, Variant
from catalog.search_counts import count_photo_search, count_text_search
from demo.management.commands.demo_customers import DATA
from demo.models import DemoStep
from demo.scenarios import DAY, SCENARIOS, Buyer, Scenario, ScenarioType
from shop.accounts.models import Address as BookEntry
from shop.checkout.services import CheckoutRefused
from shop.mail import suppressed_mails
from shop.management.staff import STAFF
from shop.orders.models import Order, OrderAddress, ShippingMethod
from shop.orders.starter import make_starting_charges
from shop.orders.states import ActionRefused
from shop.payments.gateways.interface import GatewayDown
from shop.promotions.models import Promotion, Voucher
from shop.recommendations.services import count_pairs

ORDERS, SEED = 300, 1
MAX_QUANTITY = 3  # of one variant in an order
GUEST_SHARE = 0.2  # of the orders
VOUCHER = "WELCOME10"
SEARCHES, SEARCH_STEP = 500, "searches"
ORDERS_LOCK = 0x5E3B1A9F  # key of an advisory lock
MONTH = timedelta(days=30)
RESTOCKED_KINDS = [StockMovement.Kind.CONSUME, StockMovement.Kind.RESTOCK, StockMovement.Kind.RECEIVE]


class Command(BaseCommand):
    help = "Add a year of orders in every state to the demo shop, paid at the test bank. A second run adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the numbers and the seed."""
        parser.add_argument("--orders", type=int, default=ORDERS)
        parser.add_argument("--customers", type=int, default=20)
        parser.add_argument("--seed", type=int, default=SEED)

    def handle(self, *, orders: int, customers: int, seed: int, **options: Any) -> None:
        """Complete the orders of an interrupted run and add the missing ones."""
        if not can_be_paid():
            self.stdout.write("The demo pays at the test bank and on invoice: add both to PAYMENTS.")
            return
        tokens = missing_orders(orders, seed)
        if not tokens:
            self.stdout.write("The demo already has its orders.")
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [ORDERS_LOCK])
            if not cursor.fetchone()[0]:
                self.stdout.write("Another process is already adding the orders.")
                return
            cursor.execute("SET synchronous_commit TO off")  # faster; a demo may lose its last orders in a crash
        number = self._make(tokens, customers, seed)
        count_pairs(timezone.now())
        with connection.cursor() as cursor:  # after a failure, the lock ends with the process
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ORDERS_LOCK])
        self.stdout.write(f"{number} orders from the last year.")

    def _make(self, tokens: dict[int, str], customers: int, seed: int) -> int:
        make_starting_charges()
        now = timezone.now()
        _make_promotions(now)
        buyers = _Buyers(customers, seed)
        _count_searches(buyers.words, random.Random(seed), now)  # noqa: S311 - not a secret
        begun = dict(Order.objects.filter(cart__token__in=tokens.values()).values_list("cart__token", "placed_at"))
        plan = [buyers.begin(number, token, now, begun.get(token)) for number, token in tokens.items()]
        with suppressed_mails():
            return _run(plan, now)


def can_be_paid() -> bool:
    """Return True if the settings allow the payment methods of the demo."""
    return {"test", "invoice"} <= set(settings.PAYMENTS)


def missing_orders(orders: int = ORDERS, seed: int = SEED) -> dict[int, str]:
    """Return the cart tokens of unfinished scenarios by order number. One query."""
    tokens = {salted_hmac("demo order", f"{seed}:{number}").hexdigest()[:40]: number for number in range(orders)}
    finished = DemoStep.objects.filter(name__in=tokens, finished_at__isnull=False)
    for token in finished.values_list("name", flat=True):
        del tokens[token]
    return {number: token for token, number in tokens.items()}


class _Buyers:
    """Draw a buyer for each order, with a random generator per order, so that orders do not affect each other."""

    def __init__(self, customers: int, seed: int) -> None:
        self.seed = seed
        self.words = json.loads(DATA.read_text())
        self.people = [
            (entry.customer, OrderAddress(**entry.values))
            for entry in BookEntry.objects.filter(is_default_shipping=True, customer__is_staff=False)
            .select_related("customer")
            .order_by("customer_id")[:customers]
        ]
        variants = Variant.objects.filter(product__status="published", on_hand__gte=MAX_QUANTITY).order_by("sku")
        self.variants = list(variants.values_list("pk", "product__sold_count"))
        self.express = ShippingMethod.objects.filter(is_active=True).order_by("-position").first()

    def begin(
        self, number: int, token: str, now: datetime, begun_at: datetime | None
    ) -> tuple[datetime, int, Scenario]:
        """Return the start of the order, its number and its scenario. The first orders cover every scenario once."""
        rng = random.Random(f"{self.seed}:{number}")  # noqa: S311 - not a secret
        shares = [each.share for each in SCENARIOS]
        drawn = SCENARIOS[number] if number < len(SCENARIOS) else rng.choices(SCENARIOS, shares)[0]
        scenario = _recorded(token, drawn.run(self._buyer(token, rng)), now)
        next(scenario)
        at = now - _draw_age(drawn, rng)
        return begun_at or at, number, scenario

    def _buyer(self, token: str, rng: random.Random) -> Buyer:
        weights = [1 + sold for _variant, sold in self.variants]
        drawn = rng.choices(self.variants, weights, k=10) if self.variants else []
        basket = {variant: rng.choice([1, 1, 1, 2, MAX_QUANTITY]) for variant, _sold in drawn}
        buyer = Buyer(
            token,
            "",
            self._foreign_address(rng),
            basket,
            rng.choice([1, 1, 2, 2, 3]),
            rng,
            review_texts=self.words["reviews"],
        )
        if self.people and rng.random() > GUEST_SHARE:
            buyer.customer, buyer.address = rng.choice(self.people)
        name = buyer.address.name
        buyer.email = buyer.customer.email if buyer.customer else f"{name.replace(' ', '.').lower()}@example.com"
        buyer.voucher = VOUCHER if rng.random() < 0.1 else ""
        buyer.method = self.express.pk if self.express and rng.random() < 0.15 else None
        return buyer

    def _foreign_address(self, rng: random.Random) -> OrderAddress:
        country, postal_code, city = rng.choice(self.words["abroad"])
        name = f"{rng.choice(self.words['first_names'])} {rng.choice(self.words['last_names'])}"
        line = f"{rng.choice(self.words['streets'])} {rng.randint(1, 90)}"
        return OrderAddress(name=name, line1=line, city=city, country=country, postal_code=postal_code)


def _recorded(token: str, scenario: Scenario, now: datetime) -> Scenario:
    """Run the scenario and record its end, including one that could not continue."""
    # Out of stock, or a sweeper of the running shop has changed the order.
    with suppress(CheckoutRefused, ActionRefused, GatewayDown):
        yield from scenario
    DemoStep.objects.update_or_create(name=token, defaults={"finished_at": now})


def _draw_age(scenario: ScenarioType, rng: random.Random) -> timedelta:
    """Return a random age; recent orders are more frequent."""
    share: float = 1 - rng.random() ** 0.6
    return scenario.min_age + (scenario.max_age - scenario.min_age) * share


def _run(plan: list[tuple[datetime, int, Scenario]], now: datetime) -> int:
    """Run all scenarios in the order of their steps, none later than now. Return their number."""
    steps: list[tuple[datetime, int, Scenario]] = []
    for step in plan:
        heappush(steps, step)
    for number, (at, scenario) in enumerate(_deliveries(now)):
        heappush(steps, (at, -1 - number, scenario))
    while steps:
        at, number, scenario = heappop(steps)
        try:
            heappush(steps, (min(at + scenario.send(at), now), number, scenario))
        except StopIteration:
            continue
    return len(plan)


def _deliveries(now: datetime) -> Iterator[tuple[datetime, Scenario]]:
    """Restock the units sold, once a month and now."""
    for months in range(13):
        delivery = _delivery()
        next(delivery)
        yield now - months * MONTH, delivery


def _delivery() -> Scenario:
    at = yield timedelta()
    moved = (
        StockMovement.objects.filter(kind__in=RESTOCKED_KINDS).values_list("variant").annotate(Sum("on_hand_change"))
    )
    missing = {variant: -change for variant, change in moved.order_by() if change < 0}
    stock.receive(missing, stock.Reason(STAFF, f"delivery {at:%Y-%m-%d}", at))


@transaction.atomic
def _count_searches(words: dict[str, Any], rng: random.Random, now: datetime) -> None:
    """Count a year of searches, and add notes about what is missed, once, in one transaction."""
    if DemoStep.objects.filter(name=SEARCH_STEP).exists():
        return
    DemoStep.objects.create(name=SEARCH_STEP, finished_at=now)
    sold = list(Product.objects.visible(now).order_by("slug").values_list("title", flat=True))
    for _number in range(SEARCHES if sold else 0):
        at, is_known = now - rng.random() ** 1.3 * 365 * DAY, rng.random() < 0.85
        if rng.random() < 0.3:
            count_photo_search(found=is_known, now=at)
        else:
            text = rng.choice(sold).partition(",")[0].split()[-1] if is_known else rng.choice(words["not_sold"])
            count_text_search(text, found=is_known, now=at)
    for query, notes in words["missed"].items():
        for text in notes:
            add_note(query, text, now - rng.randrange(30) * DAY)


def _make_promotions(now: datetime) -> None:
    """Create a voucher to try, and two promotions in the past."""
    welcome, _ = Promotion.objects.get_or_create(name="Welcome", defaults={"kind": "percentage", "value": Decimal(10)})
    Voucher.objects.get_or_create(code=VOUCHER, defaults={"promotion": welcome})
    for name, kind, value, since, until in (
        ("Spring sale", "percentage", 15, 240, 225),
        ("Free delivery in summer", "free_shipping", 0, 150, 130),
    ):
        fields = {"kind": kind, "value": Decimal(value), "is_automatic": True}
        fields |= {"starts_at": now - since * DAY, "ends_at": now - until * DAY}
        Promotion.objects.get_or_create(name=name, defaults=fields)
