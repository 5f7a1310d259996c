"""The demo's orders: made up, in every state, once, and the same again; the shop's books balance."""

import heapq
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django.utils import timezone

from catalog.models import Product, StockMovement, Variant
from catalog.models.search_tally import SearchTally
from demo.management.commands import demo_orders
from demo.management.commands.demo_orders import missing_orders
from demo.management.commands.up import Command
from demo.models import DemoStep
from shop.cart.models import Cart
from shop.models import Mail
from shop.orders.models import Invoice, Order, OrderEvent
from shop.payments.models import Payment, Refund, TestCharge
from shop.reviews.models import Review
from tests.factories import ProductFactory
from tests.purchases import NOW, books_balance

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> None:
    for number in range(20):
        ProductFactory(title=f"No {number} Thing", stock=8, price=f"{5 + 7 * number}.00")
    call_command("demo_customers", customers=8, reviews=0, stdout=StringIO())


def fill(orders: int = 40, **options: int) -> str:
    said = StringIO()
    call_command("demo_orders", orders=orders, stdout=said, **options)
    return said.getvalue()


def world() -> list[tuple[Any, ...]]:
    orders = Order.objects.prefetch_related("lines").order_by("pk")
    return [
        (each.email, each.state, each.stock, [(line.sku, line.quantity) for line in each.lines.all()])
        for each in orders
    ]


def empty() -> None:
    for model in (DemoStep, Refund, Payment, TestCharge, Invoice, Order, Cart, StockMovement, Review):
        model.objects.all().delete()
    Variant.objects.update(on_hand=8, reserved=0)
    Product.objects.update(sold_count=0)


def test_orders_of_every_state_balance(shelf: None) -> None:
    assert "40 orders" in fill()
    assert Order.objects.count() == 40
    books_balance()
    assert set(Order.objects.values_list("state", flat=True)) == {
        "pending", "paid", "shipped", "completed", "cancelled"
    }  # fmt: skip
    assert set(Payment.objects.values_list("status", flat=True)) == {"created", "authorised", "captured", "failed"}
    assert OrderEvent.objects.filter(message="Not paid in time.").exists()
    assert Order.objects.filter(state="paid", shipments__isnull=False).exists(), "partly sent"
    refunded = {each.payment.order_id: each.payment.refundable_amount for each in Refund.objects.all()}
    assert any(refunded.values()), "in part"
    assert not all(refunded.values()), "in full"


def test_shelves_are_as_full_as_before_or_by_what_came_back_fuller(shelf: None) -> None:
    fill()
    assert StockMovement.objects.filter(kind="receive").exists()
    stock = list(Variant.objects.values_list("on_hand", flat=True))
    assert (min(stock), sum(stock) - 8 * 20 < 10) == (8, True)


def test_nobody_gets_a_mail(shelf: None, tasks_at_once: None, mailoutbox: list[Any]) -> None:
    fill(14)
    assert set(Mail.objects.values_list("status", flat=True)) == {Mail.Status.KEPT}
    assert mailoutbox == []


def test_a_second_run_adds_nothing(shelf: None) -> None:
    fill(14)
    before, movements = world(), StockMovement.objects.count()
    assert "already" in fill(14)
    assert (world(), StockMovement.objects.count()) == (before, movements)


def test_what_an_interrupted_run_left_out_is_added(shelf: None) -> None:
    fill(8)
    before = set(Order.objects.values_list("pk", "state"))
    assert "12 orders" in fill(20)
    assert before < set(Order.objects.values_list("pk", "state"))
    assert Order.objects.count() == 20
    books_balance()


@pytest.mark.parametrize("steps", [1, 15, 45])
def test_orders_that_were_broken_off_go_on_where_they_stood(shelf: None, steps: int) -> None:
    fill(25)
    whole = fates()
    empty()
    break_off(25, steps)
    begun = set(Order.objects.values_list("pk", flat=True))
    assert "orders" in fill(25)
    assert fates() == whole
    assert begun <= set(Order.objects.values_list("pk", flat=True))
    assert "already" in fill(25)
    books_balance()


def fates() -> list[tuple[str, str, str]]:
    """Who bought, and how it ended; what was on the shelves when they came may differ."""
    return sorted(Order.objects.values_list("email", "state", "stock"))


def break_off(orders: int, steps: int) -> None:
    """What a run has done that is killed after so many steps: the next cart is filled, and not bought."""
    now, buyers = timezone.now(), demo_orders._Buyers(20, demo_orders.SEED)
    demo_orders._make_promotions(now)
    tokens = missing_orders(orders)
    plan = [buyers.begin(number, token, now, None) for number, token in tokens.items()]
    heapq.heapify(plan)
    for _step in range(steps):
        at, number, story = heapq.heappop(plan)
        with suppress(StopIteration):
            heapq.heappush(plan, (min(at + story.send(at), now), number, story))
    for token in missing_orders(orders).values():
        if not Cart.objects.filter(token=token).exists():
            cart = Cart.objects.create(token=token, created_at=now, updated_at=now)
            cart.lines.create(variant=Variant.objects.first(), quantity=1, title="Thing", price_amount=1)
            break


def test_the_same_seed_makes_the_same_orders(shelf: None) -> None:
    fill(14, seed=3)
    before = world()
    empty()
    fill(14, seed=3)
    assert world() == before
    empty()
    fill(14, seed=4)
    assert world() != before


def test_buyers_say_what_they_think(shelf: None) -> None:
    fill(60)
    assert Review.objects.exists()
    assert set(Review.objects.values_list("is_verified_purchase", flat=True)) == {True}


def test_customers_have_searched_too_once(shelf: None) -> None:
    fill(1)
    before = SearchTally.objects.aggregate(all=Sum("searches"), missed=Sum("unanswered"))
    assert before["all"] == 500
    assert 0 < before["missed"] < 250
    assert SearchTally.objects.by_words().filter(words="thing", unanswered=0).exists()
    fill(2)
    assert SearchTally.objects.aggregate(all=Sum("searches"), missed=Sum("unanswered")) == before


def test_without_the_test_bank_nothing_is_made(shelf: None, settings: Any) -> None:
    settings.PAYMENTS = ["invoice"]
    assert "PAYMENTS" in fill()
    assert not Order.objects.exists()


def test_a_shop_without_products_gets_no_orders() -> None:
    fill(15)
    assert not Order.objects.exists()


def test_up_has_the_orders_of_a_demo_made_once(shelf: None, settings: Any) -> None:
    settings.DEBUG = True
    command = Command().background_command()
    assert command is not None
    assert command[-1] == "demo_orders"
    DemoStep.objects.bulk_create(DemoStep(name=token, finished_at=NOW) for token in missing_orders().values())
    assert Command().background_command() is None


def test_up_makes_no_orders_for_a_shop_that_is_no_demo(settings: Any) -> None:
    settings.DEBUG = True
    assert Command().background_command() is None
