"""The invented orders of the demo: every state, added once, with balanced books."""

import heapq
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django.utils import timezone

from catalog.models import Demand, Product, StockMovement, Variant
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
def products() -> None:
    for number in range(20):
        ProductFactory(title=f"No {number} Thing", stock=8, price=f"{5 + 7 * number}.00")
    call_command("demo_customers", customers=8, reviews=0, stdout=StringIO())


def fill(orders: int = 40, **options: int) -> str:
    output = StringIO()
    call_command("demo_orders", orders=orders, stdout=output, **options)
    return output.getvalue()


def orders_made() -> list[tuple[Any, ...]]:
    orders = Order.objects.prefetch_related("lines").order_by("pk")
    return [
        (each.email, each.state, each.stock, [(line.sku, line.quantity) for line in each.lines.all()])
        for each in orders
    ]


def delete_orders() -> None:
    for model in (DemoStep, Refund, Payment, TestCharge, Invoice, Order, Cart, StockMovement, Review):
        model.objects.all().delete()
    Variant.objects.update(on_hand=8, reserved=0)
    Product.objects.update(sold_count=0)


def test_orders_of_every_state_balance(products: None) -> None:
    assert "40 orders" in fill()
    assert Order.objects.count() == 40
    books_balance()
    assert set(Order.objects.values_list("state", flat=True)) == {
        "pending", "paid", "shipped", "completed", "cancelled"
    }  # fmt: skip
    assert set(Payment.objects.values_list("status", flat=True)) == {"created", "authorised", "captured", "failed"}
    assert OrderEvent.objects.filter(message="Not paid in time.").exists()
    assert Order.objects.filter(state="paid", shipments__isnull=False).exists(), "partly shipped"
    refunded = {each.payment.order_id: each.payment.refundable_amount for each in Refund.objects.all()}
    assert any(refunded.values()), "in part"
    assert not all(refunded.values()), "in full"


def test_deliveries_replace_what_was_sold(products: None) -> None:
    fill()
    assert StockMovement.objects.filter(kind="receive").exists()
    stock = list(Variant.objects.values_list("on_hand", flat=True))
    assert (min(stock), sum(stock) - 8 * 20 < 10) == (8, True)


def test_orders_send_no_mail(products: None, tasks_at_once: None, mailoutbox: list[Any]) -> None:
    fill(14)
    assert set(Mail.objects.values_list("status", flat=True)) == {Mail.Status.SUPPRESSED}
    assert mailoutbox == []


def test_a_second_run_adds_nothing(products: None) -> None:
    fill(14)
    before, movements = orders_made(), StockMovement.objects.count()
    assert "already" in fill(14)
    assert (orders_made(), StockMovement.objects.count()) == (before, movements)


def test_a_second_run_adds_missing_orders(products: None) -> None:
    fill(8)
    before = set(Order.objects.values_list("pk", "state"))
    assert "12 orders" in fill(20)
    assert before < set(Order.objects.values_list("pk", "state"))
    assert Order.objects.count() == 20
    books_balance()


@pytest.mark.parametrize("steps", [1, 15, 45])
def test_interrupted_orders_are_continued(products: None, steps: int) -> None:
    fill(25)
    complete = outcomes()
    delete_orders()
    interrupt(25, steps)
    begun = set(Order.objects.values_list("pk", flat=True))
    assert "orders" in fill(25)
    assert outcomes() == complete
    assert begun <= set(Order.objects.values_list("pk", flat=True))
    assert "already" in fill(25)
    books_balance()


def outcomes() -> list[tuple[str, str, str]]:
    """Return buyer and final state of each order; the products may differ, as stock did."""
    return sorted(Order.objects.values_list("email", "state", "stock"))


def interrupt(orders: int, steps: int) -> None:
    """Run some steps and leave a filled cart without an order, as a killed run does."""
    now, buyers = timezone.now(), demo_orders._Buyers(20, demo_orders.SEED)
    demo_orders._make_promotions(now)
    tokens = missing_orders(orders)
    plan = [buyers.begin(number, token, now, None) for number, token in tokens.items()]
    heapq.heapify(plan)
    for _step in range(steps):
        at, number, scenario = heapq.heappop(plan)
        with suppress(StopIteration):
            heapq.heappush(plan, (min(at + scenario.send(at), now), number, scenario))
    for token in missing_orders(orders).values():
        if not Cart.objects.filter(token=token).exists():
            cart = Cart.objects.create(token=token, created_at=now, updated_at=now)
            cart.lines.create(variant=Variant.objects.first(), quantity=1, title="Thing", price_amount=1)
            break


def test_the_same_seed_adds_the_same_orders(products: None) -> None:
    fill(14, seed=3)
    before = orders_made()
    delete_orders()
    fill(14, seed=3)
    assert orders_made() == before
    delete_orders()
    fill(14, seed=4)
    assert orders_made() != before


def test_buyers_review_what_they_bought(products: None) -> None:
    fill(60)
    assert Review.objects.exists()
    assert set(Review.objects.values_list("is_verified_purchase", flat=True)) == {True}


def test_searches_are_counted_once(products: None) -> None:
    fill(1)
    before = SearchTally.objects.aggregate(all=Sum("searches"), missed=Sum("unanswered"))
    assert before["all"] == 500
    assert 0 < before["missed"] < 250
    assert SearchTally.objects.by_words().filter(words="thing", unanswered=0).exists()
    assert Demand.objects.filter(words="hammock", misses__gt=0, notes__times=1).count() == 2
    fill(2)
    assert SearchTally.objects.aggregate(all=Sum("searches"), missed=Sum("unanswered")) == before


def test_nothing_is_added_without_the_test_bank(products: None, settings: Any) -> None:
    settings.PAYMENTS = ["invoice"]
    assert "PAYMENTS" in fill()
    assert not Order.objects.exists()


def test_a_shop_without_products_gets_no_orders() -> None:
    fill(15)
    assert not Order.objects.exists()


def test_up_adds_the_orders_of_a_demo_once(products: None, settings: Any) -> None:
    settings.DEBUG = True
    command = Command().background_command()
    assert command is not None
    assert command[-1] == "demo_orders"
    DemoStep.objects.bulk_create(DemoStep(name=token, finished_at=NOW) for token in missing_orders().values())
    assert Command().background_command() is None


def test_up_adds_no_orders_to_another_shop(settings: Any) -> None:
    settings.DEBUG = True
    assert Command().background_command() is None
