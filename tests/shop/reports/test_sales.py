"""Sales reports count each order once, on its day, less refunds."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import Variant
from shop.fulfilment.actions import cancel_order, ship_order
from shop.fulfilment.refunds import refund_payment, request_refund
from shop.orders.models import Order
from shop.payments.models import Payment
from shop.reports.period import Period, Step
from shop.reports.report import Report
from shop.reports.sales import best_sellers, sales_by_category, sales_by_promotion, sales_over_time
from tests.factories import CategoryFactory, ProductFactory, VariantFactory
from tests.purchases import DECLINED, NOW, article, books_balance, buy, cart_of, deliver_to, voucher

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = Period(NOW.date(), NOW.date())


@pytest.fixture(autouse=True)
def _delivery(db: None) -> None:
    deliver_to("DE", amount="0")


def refund(order: Order, amount: str, *, units: int = 0) -> None:
    lines = {order.lines.get().pk: units} if units else {}
    payment = order.payments.get()
    refund_payment(payment.pk, Decimal(amount), lines, restocks=True, reason="", who="staff", now=NOW)


def only_row(report: Report) -> list[object]:
    (row,) = report.rows
    return list(row)


def test_a_day_has_orders_units_revenue_average_and_tax() -> None:
    buy(cart_of(article("11.90"), quantity=2))
    buy(cart_of(article("35.70")))
    row = only_row(sales_over_time(TODAY))
    assert row == [NOW.date(), 2, 3, Decimal("59.50"), Decimal("29.75"), Decimal("9.50")]


def test_refunds_reduce_revenue_and_tax() -> None:
    refund(buy(cart_of(article("11.90"), quantity=2)), "11.90", units=1)
    assert only_row(sales_over_time(TODAY))[3:] == [Decimal("11.90"), Decimal("11.90"), Decimal("1.90")]
    books_balance()


def test_unpaid_and_cancelled_orders_do_not_count() -> None:
    cancel_order(buy(cart_of(article())).pk, "staff", NOW)
    buy(cart_of(article()), card=DECLINED)
    buy(cart_of(article()), gateway="invoice")
    assert only_row(sales_over_time(TODAY))[1:4] == [0, 0, 0]


def test_an_order_on_invoice_counts_once_shipped() -> None:
    order = buy(cart_of(article("10.00")), gateway="invoice")
    ship_order(order.pk, {order.lines.get().pk: 1}, "staff", NOW)
    assert only_row(sales_over_time(TODAY))[3] == 10


def test_refunding_a_double_payment_does_not_reduce_revenue() -> None:
    order = buy(cart_of(article("10.00")))
    again = Payment.objects.create(
        order=order, gateway="test", amount=10, currency="EUR", status="captured", created_at=NOW, updated_at=NOW
    )
    request_refund(again, Decimal(10), {}, restocks=False, reason="", who="system", now=NOW)
    assert only_row(sales_over_time(TODAY))[3] == 10


def test_days_without_sales_are_listed() -> None:
    buy(cart_of(article("10.00")))
    buy(cart_of(article("20.00")), now=NOW - 2 * DAY)
    buy(cart_of(article("40.00")), now=NOW - 3 * DAY)
    report = sales_over_time(Period(NOW.date() - 2 * DAY, NOW.date()))
    assert [row[3] for row in report.rows] == [20, 0, 10]
    assert report.total is not None
    assert list(report.total)[1:4] == [2, 2, 30]


@pytest.mark.parametrize(
    ("step", "days"),
    [
        (
            Step.WEEK,
            [date(2026, 10, 26), date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23)],
        ),
        (Step.MONTH, [date(2026, 10, 1), date(2026, 11, 1)]),
    ],
)
def test_weeks_start_on_monday_and_months_on_the_first(step: Step, days: list[date]) -> None:
    buy(cart_of(article("10.00")))
    rows = sales_over_time(Period(date(2026, 10, 31), NOW.date(), step)).rows
    assert [row[0] for row in rows] == days
    assert [row[3] for row in rows] == [*(0 for _ in days[1:]), 10]


def test_days_follow_the_shops_time_zone() -> None:
    buy(cart_of(article("10.00")))
    with timezone.override("Pacific/Auckland"):  # where it is already the next day
        days = [Period(NOW.date(), NOW.date()), Period(NOW.date() + DAY, NOW.date() + DAY)]
        assert [only_row(sales_over_time(day))[3] for day in days] == [0, 10]


def test_best_sellers_are_ranked_by_revenue_after_refunds() -> None:
    refund(buy(cart_of(article("30.00", sku="BACK"), quantity=2)), "30.00", units=1)
    buy(cart_of(article("20.00", sku="BEST"), quantity=3))
    Variant.objects.filter(sku="BEST").delete()
    rows = [(row[0], row[2], row[3]) for row in best_sellers(TODAY).rows]
    assert rows == [("BEST", 3, 60), ("BACK", 1, 30)]


def test_categories_have_their_full_name_and_share() -> None:
    kitchen = CategoryFactory(name="Kitchen")
    mugs = CategoryFactory(name="Mugs", parent=kitchen)
    mug = VariantFactory(product=ProductFactory(price=None, category=mugs), price_amount=Decimal(30))
    deleted = article("10.00")
    buy(cart_of(mug, deleted))
    deleted.product.delete()
    rows = [tuple(map(str, row)) for row in sales_by_category(TODAY).rows]
    assert rows == [
        ("Kitchen > Mugs", "1", "30.000", "0.75"),
        ("No longer in the catalogue", "1", "10.000", "0.25"),
    ]


def test_promotions_have_discount_and_revenue() -> None:
    voucher("TEN")
    buy(cart_of(article("10.00")), voucher_code="TEN")
    refund(buy(cart_of(article("20.00")), voucher_code="TEN"), "8.00")
    buy(cart_of(article("40.00")))
    assert only_row(sales_by_promotion(TODAY)) == ["Promotion TEN", 2, 3, 19]
