"""Placing an order: once, with everything that was agreed, or not at all."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, StockMovement, Variant
from shop.cart.models import Cart, CartLine
from shop.checkout.services import CheckoutRefused, place_order
from shop.fulfilment.sweepers import expire_orders
from shop.orders.models import Invoice, Order, OrderAddress, TaxRate
from shop.orders.paper import draw_invoice, sums
from shop.orders.states import State
from shop.orders.taxes import TaxSum
from shop.payments.models import TestCharge
from shop.promotions.models import Promotion, Redemption, Voucher
from tests.purchases import (
    HOME,
    LATER,
    NOW,
    article,
    books_balance,
    buy,
    cart_of,
    deliver_to,
    kinds,
    mails,
    purchase,
    sold_of,
    voucher,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("delivery")]


def test_an_order_stores_everything_that_was_agreed() -> None:
    mug = article("10.00", stock=5)
    order = buy(cart_of(mug, quantity=2))
    mug.refresh_from_db()
    assert (order.state, order.total_amount, order.stock) == (State.PAID, Decimal("24.90"), Order.Stock.SOLD)
    assert (mug.on_hand, mug.reserved, sold_of(mug.product)) == (3, 0, 2)
    line = order.lines.get()
    assert (line.title, line.sku, line.unit_amount, line.tax_amount) == (
        mug.product.title, mug.sku, Decimal("10.00"), Decimal("3.19"),
    )  # fmt: skip
    assert order.tax_amount == Decimal("3.19") + Decimal("0.78")
    assert {address.kind: address.city for address in order.addresses.all()} == {
        "delivery": "Berlin",
        "billing": "Berlin",
    }
    assert kinds(order) == ["placed", "payment received", "paid"]
    assert mails() == ["orders/confirmed"]
    assert Invoice.objects.get().number == 1
    books_balance()


def test_an_order_keeps_names_and_prices_when_the_product_changes_or_is_deleted() -> None:
    mug = article("10.00")
    order = buy(cart_of(mug))
    Product.objects.update(title="Another title")
    Variant.objects.update(price_amount=99)
    mug.product.delete()
    line = Order.objects.get().lines.get()
    assert line.variant is None
    assert (line.title != "Another title", line.unit_amount) == (True, Decimal("10.00"))
    assert order.total_amount == Decimal("14.90")


def test_only_the_total_that_was_seen_is_charged() -> None:
    mug = article("10.00")
    cart = cart_of(mug)
    seen = purchase(cart)
    Variant.objects.update(price_amount=12)
    with pytest.raises(CheckoutRefused) as refused:
        place_order(cart.pk, seen, NOW)
    assert refused.value.code == "total_changed"
    assert mug.product.title in refused.value.messages[0]
    assert not Order.objects.exists()
    assert not StockMovement.objects.exists()


@pytest.mark.parametrize("what", ["deleted", "hidden", "sold out", "too few", "empty"])
def test_unavailable_items_are_named(what: str) -> None:
    mug = article("10.00", stock=3)
    cart = cart_of(mug, quantity=2)
    seen = purchase(cart)
    if what == "deleted":
        mug.product.delete()
    elif what == "hidden":
        Product.objects.update(status=Product.Status.DRAFT)
    elif what == "empty":
        CartLine.objects.all().delete()
    else:
        Variant.objects.update(on_hand=0 if what == "sold out" else 1)
    with pytest.raises(CheckoutRefused) as refused:
        place_order(cart.pk, seen, NOW)
    assert refused.value.code == ("cart_empty" if what == "empty" else "cart_problems")
    assert what == "empty" or mug.product.title in refused.value.messages[0]
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"gateway": "bank robbery"}, "payment_unknown"),
        ({"method_id": 999_999}, "method_gone"),
        ({"voucher_code": "NONE", "seen_total": Decimal("14.90")}, "voucher_refused"),
        ({"seen_total": Decimal("0.01")}, "total_changed"),
        ({"seen_total": Decimal("-1")}, "total_changed"),
    ],
)
def test_invalid_purchases_are_refused(more: dict[str, Any], code: str) -> None:
    cart = cart_of(article())
    with pytest.raises(CheckoutRefused) as refused:
        place_order(cart.pk, purchase(cart, **more), NOW)
    assert refused.value.code == code
    assert not Order.objects.exists()


def test_a_country_without_delivery_is_refused() -> None:
    cart = cart_of(article())
    with pytest.raises(CheckoutRefused, match="do not deliver"):
        place_order(cart.pk, purchase(cart, delivery=OrderAddress(**{**HOME.values, "country": "FR"})), NOW)


def test_tax_on_top_of_prices_is_part_of_the_total() -> None:
    deliver_to("US", "5.00", "8.875")
    from_us = OrderAddress(**{**HOME.values, "country": "US"})
    TaxRate.objects.filter(country="US").update(is_included=False)
    order = buy(cart_of(article("9.99"), article("0.01")), delivery=from_us)
    assert (order.tax_amount, order.total_amount) == (Decimal("1.33"), Decimal("16.33"))
    assert [name for name, _amount in sums(order)][-2:] == ["plus 8.875% VAT on €15.00", "Total"]
    assert draw_invoice(order).startswith(b"%PDF")
    books_balance()


def test_each_tax_class_has_its_rate_and_the_order_stores_it() -> None:
    deliver_to("DE", reduced="7")
    book, mug, stamp = article("10.70", tax_class="reduced"), article("11.90"), article("0.80", tax_class="zero")
    order = buy(cart_of(book, mug, stamp))
    TaxRate.objects.update(percent=50, reduced_percent=1)
    Product.objects.update(tax_class="zero")
    order = Order.objects.get(pk=order.pk)
    assert {line.sku: (line.tax_percent, line.tax_amount) for line in order.lines.all()} == {
        book.sku: (Decimal(7), Decimal("0.70")), mug.sku: (Decimal(19), Decimal("1.90")),
        stamp.sku: (Decimal(0), Decimal(0)),
    }  # fmt: skip
    assert order.taxes == [  # delivery is taxed at the highest rate
        TaxSum(Decimal(19), Decimal("10.00") + Decimal("4.12"), Decimal("1.90") + Decimal("0.78")),
        TaxSum(Decimal(7), Decimal("10.00"), Decimal("0.70")),
        TaxSum(Decimal(0), Decimal("0.80"), Decimal(0)),
    ]
    assert [name for name, _amount in sums(order)] == [
        "Items", "Delivery: Parcel", "Total", "including 19% VAT on €14.12", "including 7% VAT on €10.00",
        "including 0% VAT on €0.80",
    ]  # fmt: skip
    books_balance()


def test_delivery_of_books_only_is_taxed_at_the_reduced_rate() -> None:
    deliver_to("DE", reduced="7")
    order = buy(cart_of(article(tax_class="reduced")))
    assert (order.shipping_tax_percent, order.shipping_tax_amount) == (Decimal(7), Decimal("0.32"))


def test_without_a_reduced_rate_books_are_taxed_at_the_standard_one() -> None:
    assert buy(cart_of(article("11.90", tax_class="reduced"))).lines.get().tax_amount == Decimal("1.90")


@pytest.mark.parametrize(("percent", "reduced"), [(19, 20), (19, -1), (101, 7)])
def test_the_database_refuses_invalid_tax_rates(percent: int, reduced: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TaxRate.objects.update(percent=percent, reduced_percent=reduced)


@pytest.mark.parametrize("lines", [1, 7])
def test_place_order_needs_at_most_20_statements_and_2_a_line_and_1_for_discounts(lines: int) -> None:
    cart = cart_of(*(article() for _ in range(lines)))
    voucher(limit_total=5, limit_per_customer=1)
    bought = purchase(cart, voucher_code="TEN")
    with CaptureQueriesContext(connection) as queries:
        place_order(cart.pk, bought, NOW)
    assert len(queries) <= 20 + 2 * lines + 1, [query["sql"][:90] for query in queries]


def test_a_voucher_is_used_once_and_usable_again_after_cancelling() -> None:
    voucher(limit_total=1, limit_per_customer=1)
    mug = article("10.00")
    cart = cart_of(mug, quantity=2)
    order = place_order(cart.pk, purchase(cart, voucher_code="TEN"), NOW)
    assert (order.discount_amount, order.total_amount) == (Decimal("2.00"), Decimal("22.90"))
    assert Voucher.objects.get().used_count == 1
    other = cart_of(mug)
    with pytest.raises(CheckoutRefused, match="used up"):
        place_order(other.pk, purchase(other, voucher_code="TEN", seen_total=Decimal("13.90")), NOW)
    expire_orders(LATER)
    assert Voucher.objects.get().used_count == 0
    assert not Redemption.objects.exists()
    assert buy(other, voucher_code="TEN", now=LATER).total_amount == Decimal("13.90")


def test_automatic_promotions_and_free_delivery_apply() -> None:
    Promotion.objects.create(name="Autumn", kind="fixed", value=5, is_automatic=True, minimum_amount=20)
    Promotion.objects.create(name="Post", kind="free_shipping", is_automatic=True)
    assert buy(cart_of(article("10.00"), quantity=2)).total_amount == Decimal("15.00")
    assert buy(cart_of(article("10.00"))).total_amount == Decimal("10.00")


def test_a_free_order_asks_no_provider() -> None:
    voucher(value="100")
    Promotion.objects.create(name="Post", kind="free_shipping", is_automatic=True)
    order = buy(cart_of(article()), voucher_code="TEN")
    assert (order.state, order.total_amount) == (State.PAID, 0)
    assert not TestCharge.objects.exists()


def test_an_ordered_cart_is_closed() -> None:
    cart = cart_of(article())
    order = buy(cart)
    assert place_order(cart.pk, purchase(cart), NOW) == order
    assert Cart.objects.get().ordered_at == NOW


def test_an_order_stores_the_discount_of_each_promotion() -> None:
    Promotion.objects.create(name="Autumn", kind="fixed", value=Decimal(3), is_automatic=True)
    Promotion.objects.create(name="We deliver", kind="free_shipping", is_automatic=True)
    Promotion.objects.create(name="For big spenders", kind="fixed", value=1, is_automatic=True, minimum_amount=1000)
    voucher("TEN")
    order = buy(cart_of(article("10.00")), voucher_code="TEN")
    Promotion.objects.update(name="Something else")
    taken = [(each.name, each.amount) for each in order.discounts.all()]
    assert taken == [("Promotion TEN", Decimal(1)), ("Autumn", Decimal(3)), ("We deliver", Decimal(0))]
    assert sum(amount for _name, amount in taken) == order.discount_amount
