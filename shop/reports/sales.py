"""Reports of sales by time, product, category and promotion. At most two queries per report.

An order counts on the day it was placed, once it is paid or shipped on invoice, unless it is cancelled. Revenue
includes tax and delivery and excludes refunds, whenever they were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, DateField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest, NullIf, Trunc
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from shop.money import ZERO, AmountField
from shop.orders.models import Order, OrderDiscount, OrderLine
from shop.payments.models import Payment, Refund, RefundLine
from shop.reports.period import Period
from shop.reports.report import Column, Kind, Report, time_column

MAX_PRODUCTS = 100
AMOUNT = AmountField()
REVENUE = Column("revenue", _("Revenue"), Kind.AMOUNT)
PIECES = Column("pieces", _("Units"), Kind.NUMBER)
ORDERS = Column("orders", _("Orders"), Kind.NUMBER)


def refunded_of(order: str) -> Any:
    """Return the refunded amount of the order at this path, as an SQL expression."""
    back = Refund.objects.exclude(status=Refund.Status.FAILED).filter(payment__order=OuterRef(order))
    return _sum_of(back, "payment__order", "amount")


def net_of(order: str, total: str) -> Any:
    """Return the revenue of the order. If it was paid twice, refunding the second payment does not reduce it."""
    taken = Payment.objects.filter(status=Payment.Status.CAPTURED, order=OuterRef(order))
    return Greatest(_sum_of(taken, "order", "amount"), F(total)) - refunded_of(order)


def sales_over_time(period: Period) -> Report:
    """Report orders, units, revenue, average order and tax by day, week or month, including empty ones."""
    pieces = OrderLine.objects.filter(order=OuterRef("pk")).order_by()
    orders = _orders(period).annotate(
        net=net_of("pk", "total_amount"),
        pieces=Subquery(pieces.values("order").annotate(sum=Sum("quantity")).values("sum")),
        step=Trunc("placed_at", period.step.value, output_field=DateField()),
    )
    # A partial refund reduces the tax in proportion.
    tax = F("tax_amount") * F("net") / NullIf(F("total_amount"), ZERO)
    sums: Any = orders.order_by().values("step").annotate(
        count=Count("pk"), all_pieces=Sum("pieces"), revenue=Sum("net"), tax=Sum(tax, output_field=AMOUNT)
    )  # fmt: skip
    by_step = {each["step"]: each for each in sums}
    rows = [_sales_row(step, by_step.get(step, {})) for step in period.steps()]
    columns = [
        time_column(period.step), ORDERS, PIECES, REVENUE,
        Column("average_order", _("Average order"), Kind.AMOUNT), Column("tax", _("Tax included"), Kind.AMOUNT),
    ]  # fmt: skip
    total = [sum((row[place] for row in rows), ZERO) for place in (1, 2, 3, 5)]
    average = total[2] / total[0] if total[0] else None
    return Report(_("Sales"), columns, rows, [_("Total"), *total[:3], average, total[3]], chart_column=3)


def best_sellers(period: Period) -> Report:
    """Report the products with the highest revenue after refunds."""
    lines = _lines(period).values("sku", "title", "options").annotate(number=Sum("left"), revenue=Sum("net"))
    rows = [
        (each["sku"], " · ".join(filter(None, [each["title"], each["options"]])), each["number"], each["revenue"])
        for each in lines.order_by("-revenue", "sku")[:MAX_PRODUCTS]
    ]
    columns = [Column("sku", _("SKU")), Column("article", _("Product")), PIECES, REVENUE]
    return Report(_("Best sellers"), columns, rows, note=_ITEMS_ONLY)


def sales_by_category(period: Period) -> Report:
    """Report the revenue of each category without its subcategories, best first."""
    lines = _lines(period).values("variant__product__category").annotate(number=Sum("left"), revenue=Sum("net"))
    names, sums = _category_names(), list(lines.order_by("-revenue"))
    whole = sum((each["revenue"] for each in sums), ZERO)
    rows = [
        (
            names.get(each["variant__product__category"], _("No longer in the catalogue")),
            each["number"], each["revenue"], each["revenue"] / whole if whole else None,
        )
        for each in sums
    ]  # fmt: skip
    columns = [Column("category", _("Category")), PIECES, REVENUE, Column("share", _("Share"), Kind.SHARE)]
    return Report(_("Categories"), columns, rows, note=_ITEMS_ONLY, chart_column=2)


def sales_by_promotion(period: Period) -> Report:
    """Report the uses, discounts and revenue of each promotion."""
    taken = OrderDiscount.objects.filter(order__in=_orders(period)).annotate(
        net=net_of("order", "order__total_amount")
    )
    sums = taken.order_by().values("name").annotate(
        number=Count("order", distinct=True), off=Sum("amount"), revenue=Sum("net")
    )  # fmt: skip
    rows = [(each["name"], each["number"], each["off"], each["revenue"]) for each in sums.order_by("-revenue", "name")]
    columns = [
        Column("promotion", _("Promotion")), ORDERS, Column("discount", _("Discount"), Kind.AMOUNT),
        Column("revenue", _("Revenue of these orders"), Kind.AMOUNT),
    ]  # fmt: skip
    note = _(
        "An order with several promotions counts in each of their rows. Free delivery is not a discount on items."
    )
    return Report(_("Promotions"), columns, rows, note=note)


_ITEMS_ONLY = _("Items only, without delivery. Refunds of items are deducted; other refunds are not.")


def _orders(period: Period) -> QuerySet[Order]:
    return Order.objects.sold().filter(placed_at__gte=period.begins_at, placed_at__lt=period.ends_at)


def _lines(period: Period) -> QuerySet[OrderLine, Any]:
    """Return sold lines, annotated with the units `left` after refunds and their `net` revenue."""
    back = RefundLine.objects.exclude(refund__status=Refund.Status.FAILED).filter(order_line=OuterRef("pk"))
    return (
        OrderLine.objects.filter(order__in=_orders(period))
        .order_by()
        .annotate(
            left=F("quantity") - Coalesce(Subquery(_grouped(back, "order_line", "quantity")), 0),
            net=F("total_amount") - _sum_of(back, "order_line", "amount"),
        )
    )


def _sum_of(rows: QuerySet[Any], by: str, column: str) -> Any:
    return Coalesce(Subquery(_grouped(rows, by, column)), ZERO, output_field=AMOUNT)


def _grouped(rows: QuerySet[Any], by: str, column: str) -> Any:
    return rows.order_by().values(by).annotate(sum=Sum(column)).values("sum")


def _sales_row(step: date, sums: dict[str, Any]) -> Sequence[Any]:
    number, revenue = sums.get("count", 0), sums.get("revenue") or ZERO
    tax: Decimal = sums.get("tax") or ZERO
    return step, number, sums.get("all_pieces") or 0, revenue, revenue / number if number else None, tax


def _category_names() -> dict[int, str]:
    """Return the full name of each category, such as "Kitchen > Mugs"."""
    by_path: dict[str, str] = {}
    names: dict[int, str] = {}
    for category in Category.objects.order_by("path"):
        above = by_path.get(category.path[: -Category.steplen])
        by_path[category.path] = names[category.pk] = " > ".join(filter(None, [above, category.name]))
    return names
