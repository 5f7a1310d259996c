"""`manage.py demo_orders`, a year of orders for the demo shop, made by the shop's own services; by seed, once."""

import json
import random
from argparse import ArgumentParser
from collections.abc import Iterator
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
from catalog.models import Product, StockMovement, Variant
from catalog.search_counts import count_photo_search, count_text_search
from demo.management.commands.demo_customers import DATA
from demo.models import DemoStep
from demo.stories import DAY, KINDS, Buyer, Kind, Story
from shop.accounts.models import Address as BookEntry
from shop.checkout.services import CheckoutRefused
from shop.fulfilment.buttons import REFUSALS
from shop.mail import keeping_mails
from shop.management.commands.up import STAFF
from shop.orders.models import Order, OrderAddress, ShippingMethod
from shop.orders.starter import make_starting_charges
from shop.promotions.models import Promotion, Voucher

ORDERS, SEED = 300, 1
MOST_PIECES = 3  # of one article in an order
GUESTS = 0.2  # share of orders without an account
VOUCHER = "WELCOME10"
SEARCHES, SEARCHED = 500, "searches"
ONE_AT_A_TIME = 0x5E3B1A9F
MONTH = timedelta(days=30)
REPLACED = [StockMovement.Kind.CONSUME, StockMovement.Kind.RESTOCK, StockMovement.Kind.RECEIVE]


class Command(BaseCommand):
    help = (
        "Fill the demo shop with a year of orders in every state, paid at the test bank. Run again, it adds nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many, by how many customers, and which of all possible worlds."""
        parser.add_argument("--orders", type=int, default=ORDERS)
        parser.add_argument("--customers", type=int, default=20)
        parser.add_argument("--seed", type=int, default=SEED)

    def handle(self, *, orders: int, customers: int, seed: int, **options: Any) -> None:
        """What an interrupted run has made is left alone, what it has begun is taken up, and the rest is added."""
        if not can_be_paid():
            self.stdout.write("The demo's orders are paid at the test bank and on invoice: PAYMENTS must name both.")
            return
        tokens = missing_orders(orders, seed)
        if not tokens:
            self.stdout.write("The demo's orders are there already.")
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME])
            if not cursor.fetchone()[0]:
                self.stdout.write("The demo's orders are being made already.")
                return
            cursor.execute("SET synchronous_commit TO off")  # whoever pulls the plug of a demo starts another one
        number = self._make(tokens, customers, seed)
        with connection.cursor() as cursor:  # where that failed, the lock ends with the process
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
        self.stdout.write(f"{number} orders of the last year.")

    def _make(self, tokens: dict[int, str], customers: int, seed: int) -> int:
        make_starting_charges()
        now = timezone.now()
        _make_promotions(now)
        buyers = _Buyers(customers, seed)
        _search(buyers.words["not_sold"], random.Random(seed), now)  # noqa: S311
        begun = dict(Order.objects.filter(cart__token__in=tokens.values()).values_list("cart__token", "placed_at"))
        plan = [buyers.begin(number, token, now, begun.get(token)) for number, token in tokens.items()]
        with keeping_mails():
            return _live(plan, now)


def can_be_paid() -> bool:
    """Whether the settings let customers pay as the demo's customers do."""
    return {"test", "invoice"} <= set(settings.PAYMENTS)


def missing_orders(orders: int = ORDERS, seed: int = SEED) -> dict[int, str]:
    """The tokens of the carts whose story is not at its end yet, by the order's place in the plan. One query."""
    tokens = {salted_hmac("demo order", f"{seed}:{number}").hexdigest()[:40]: number for number in range(orders)}
    told = DemoStep.objects.filter(name__in=tokens, finished_at__isnull=False)
    for token in told.values_list("name", flat=True):
        del tokens[token]
    return {number: token for token, number in tokens.items()}


class _Buyers:
    """Who buys what, drawn for each order by dice of its own, so that leaving some out changes no other."""

    def __init__(self, customers: int, seed: int) -> None:
        self.seed = seed
        self.words = json.loads(DATA.read_text())
        self.people = [
            (entry.customer, OrderAddress(**entry.values))
            for entry in BookEntry.objects.filter(is_default_shipping=True, customer__is_staff=False)
            .select_related("customer")
            .order_by("customer_id")[:customers]
        ]
        variants = Variant.objects.filter(product__status="published", on_hand__gte=MOST_PIECES).order_by("sku")
        self.variants = list(variants.values_list("pk", "product__sold_count"))
        self.express = ShippingMethod.objects.filter(is_active=True).order_by("-position").first()

    def begin(self, number: int, token: str, now: datetime, begun_at: datetime | None) -> tuple[datetime, int, Story]:
        """When the order begins or once began, and its story. The first orders are one of each kind."""
        dice = random.Random(f"{self.seed}:{number}")  # noqa: S311 - a demo, no secret
        shares = [kind.share for kind in KINDS]
        kind = KINDS[number] if number < len(KINDS) else dice.choices(KINDS, shares)[0]
        story = _told(token, kind.story(self._buyer(token, dice)), now)
        next(story)
        at = now - _ago(kind, dice)
        return begun_at or at, number, story

    def _buyer(self, token: str, dice: random.Random) -> Buyer:
        weights = [1 + sold for _variant, sold in self.variants]
        chosen = dice.choices(self.variants, weights, k=10) if self.variants else []
        wanted = {variant: dice.choice([1, 1, 1, 2, MOST_PIECES]) for variant, _sold in chosen}
        buyer = Buyer(
            token, "", self._abroad(dice), wanted, dice.choice([1, 1, 2, 2, 3]), dice, opinions=self.words["reviews"]
        )
        if self.people and dice.random() > GUESTS:
            buyer.customer, buyer.home = dice.choice(self.people)
        name = buyer.home.name
        buyer.email = buyer.customer.email if buyer.customer else f"{name.replace(' ', '.').lower()}@example.com"
        buyer.voucher = VOUCHER if dice.random() < 0.1 else ""
        buyer.method = self.express.pk if self.express and dice.random() < 0.15 else None
        return buyer

    def _abroad(self, dice: random.Random) -> OrderAddress:
        country, postal_code, city = dice.choice(self.words["abroad"])
        name = f"{dice.choice(self.words['first_names'])} {dice.choice(self.words['last_names'])}"
        line = f"{dice.choice(self.words['streets'])} {dice.randint(1, 90)}"
        return OrderAddress(name=name, line1=line, city=city, country=country, postal_code=postal_code)


def _told(token: str, story: Story, now: datetime) -> Story:
    """The story, noted down as told when it has come to its end or could not go on."""
    try:
        yield from story
    except (CheckoutRefused, *REFUSALS):
        pass  # not to be had, or a sweeper of the shop that runs beside was here first
    DemoStep.objects.update_or_create(name=token, defaults={"finished_at": now})


def _ago(kind: Kind, dice: random.Random) -> timedelta:
    """More of them lately than a year ago."""
    share: float = 1 - dice.random() ** 0.6
    return kind.at_least + (kind.at_most - kind.at_least) * share


def _live(plan: list[tuple[datetime, int, Story]], now: datetime) -> int:
    """Let all stories go on together, whatever comes next first; how many there were. A step is never ahead of now."""
    steps: list[tuple[datetime, int, Story]] = []
    for step in plan:
        heappush(steps, step)
    for number, (at, story) in enumerate(_deliveries(now)):
        heappush(steps, (at, -1 - number, story))
    while steps:
        at, number, story = heappop(steps)
        try:
            heappush(steps, (min(at + story.send(at), now), number, story))
        except StopIteration:
            continue
    return len(plan)


def _deliveries(now: datetime) -> Iterator[tuple[datetime, Story]]:
    """Once a month, and in the end, what was sold is put on the shelves again."""
    for months in range(13):
        story = _delivery()
        next(story)
        yield now - months * MONTH, story


def _delivery() -> Story:
    at = yield timedelta()
    moved = StockMovement.objects.filter(kind__in=REPLACED).values_list("variant").annotate(Sum("on_hand_change"))
    missing = {variant: -change for variant, change in moved.order_by() if change < 0}
    stock.receive(missing, stock.Because(STAFF, f"delivery {at:%Y-%m-%d}", at))


@transaction.atomic
def _search(not_sold: list[str], dice: random.Random, now: datetime) -> None:
    """What customers looked for in that year: all of it or nothing, once."""
    if DemoStep.objects.filter(name=SEARCHED).exists():
        return
    DemoStep.objects.create(name=SEARCHED, finished_at=now)
    sold = list(Product.objects.visible(now).order_by("slug").values_list("title", flat=True))
    for _number in range(SEARCHES if sold else 0):
        at, is_known = now - dice.random() ** 1.3 * 365 * DAY, dice.random() < 0.85
        if dice.random() < 0.3:
            count_photo_search(found=is_known, now=at)
        else:
            text = dice.choice(sold).partition(",")[0].split()[-1] if is_known else dice.choice(not_sold)
            count_text_search(text, found=is_known, now=at)


def _make_promotions(now: datetime) -> None:
    """A voucher to try, and two promotions of the past year."""
    welcome, _ = Promotion.objects.get_or_create(name="Welcome", defaults={"kind": "percentage", "value": Decimal(10)})
    Voucher.objects.get_or_create(code=VOUCHER, defaults={"promotion": welcome})
    for name, kind, value, since, until in (
        ("Spring sale", "percentage", 15, 240, 225),
        ("Free delivery in summer", "free_shipping", 0, 150, 130),
    ):
        fields = {"kind": kind, "value": Decimal(value), "is_automatic": True}
        fields |= {"starts_at": now - since * DAY, "ends_at": now - until * DAY}
        Promotion.objects.get_or_create(name=name, defaults=fields)
