"""A thousand customers buy a hundred mugs through eight processes that are killed at random; check sales and books."""

import argparse
import time

from tests.benchmarks.scratch import scratch_database, table

# isort: split
from django.db.models import Count, Sum

from shop.orders.models import Order
from shop.payments.models import Payment, TestCharge
from tests.purchases import article, books_balance, deliver_to
from tests.shop.checkout.crowd import gather, rush


def main() -> None:
    """Print the figures. Raises AssertionError if the books do not balance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--stock", type=int, default=100)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    with scratch_database("bench_purchases"):
        deliver_to("DE")
        mug = article(stock=options.stock)
        gather(options.customers, mug)
        start = time.perf_counter()
        killed = rush(options.workers, options.kills)
        seconds = time.perf_counter() - start
        mug.refresh_from_db()
        paid = Order.objects.filter(state="paid")
        twice = Order.objects.values("cart").annotate(orders=Count("pk")).filter(orders__gt=1)
        keys = {str(key) for key in Payment.objects.filter(order__in=paid).values_list("key", flat=True)}
        orphans = TestCharge.objects.filter(status="captured").exclude(key__in=keys)
        books_balance()
        table(
            f"{options.customers} purchases of {options.stock} mugs by {options.workers} processes, {killed} killed",
            ["figure", "value"],
            [
                ["sold", paid.count()],
                ["on hand, reserved", f"{mug.on_hand}, {mug.reserved}"],
                ["oversold", max(0, paid.count() - options.stock)],
                ["carts with two orders", twice.count()],
                ["money without an order", orphans.count()],
                ["at the bank", TestCharge.objects.filter(status="captured").aggregate(sum=Sum("amount"))["sum"]],
                ["in the shop", paid.aggregate(sum=Sum("total_amount"))["sum"]],
                ["seconds", seconds],
            ],
        )


if __name__ == "__main__":
    main()
