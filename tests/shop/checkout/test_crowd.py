"""Many processes sell the same items and are killed at random: nothing is oversold, and no payment lacks an order."""

import pytest

from catalog.models import Variant
from shop.orders.models import Order
from shop.payments.models import TestCharge
from tests.purchases import article, books_balance, deliver_to
from tests.shop.checkout.crowd import gather, rush

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CUSTOMERS, PIECES = 100, 12


def test_a_crowd_buys_the_whole_stock_and_no_more() -> None:
    deliver_to("DE")
    mug = article(stock=PIECES)
    gather(CUSTOMERS, mug)
    rush(workers=3, kills=4)
    mug.refresh_from_db()
    assert (mug.on_hand, mug.reserved) == (0, 0)
    assert Order.objects.filter(state="paid").count() == PIECES
    assert TestCharge.objects.filter(status="captured").count() == PIECES
    assert not Variant.objects.filter(product__sold_count__gt=PIECES).exists()
    books_balance()
