"""Property tests of prices: for any items, promotions, delivery and tax, lines sum to the total."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Category
from catalog.taxes import TaxClass
from shop.checkout.quote import Prices, Tax, price
from shop.fulfilment.refunds import share_of
from shop.money import ZERO, from_minor, round_amount
from shop.orders.models import Order, OrderLine
from shop.promotions.models import Promotion
from shop.promotions.services import Discounts, Item, discount

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
KINDS = st.sampled_from(["percentage", "fixed", "free_shipping", "buy_x_get_y"])
PATHS = ["0001", "00010001", "0002"]
RATES = st.decimals(0, 100, places=3)


@st.composite
def cart_item(draw: Any, currency: str) -> Item:
    amount = from_minor(draw(st.integers(0, 10**6)), currency)
    return Item(
        amount, draw(st.integers(1, 999)), draw(st.sampled_from(PATHS)), draw(st.sampled_from(TaxClass.values))
    )


@st.composite
def taxes(draw: Any) -> Tax:
    """Taxes with a reduced rate (which may be 0) or without one."""
    percent = draw(RATES)
    return Tax(percent, draw(st.booleans()), "VAT", draw(st.none() | st.decimals(0, percent, places=3)))


@st.composite
def promotions(draw: Any) -> Promotion:
    kind = draw(KINDS)
    most = 100 if kind == "percentage" else 10**7
    category = draw(st.none() | st.sampled_from(PATHS).map(lambda path: Category(path=path)))
    return Promotion(
        pk=draw(st.integers(1, 99)), name="Promotion", kind=kind, category=category,
        value=draw(st.decimals(0, most, places=3)), buy_quantity=draw(st.integers(1, 5)),
        get_quantity=draw(st.integers(1, 5)), minimum_amount=draw(st.sampled_from([ZERO, Decimal(50)])),
    )  # fmt: skip


@st.composite
def purchases(draw: Any) -> tuple[Prices, list[Item], str]:
    currency = draw(CURRENCIES)
    bought = draw(st.lists(cart_item(currency), min_size=1, max_size=8))
    discounts = discount(bought, draw(st.lists(promotions(), max_size=4)), currency)
    shipping = from_minor(draw(st.integers(0, 10**5)), currency)
    return price(bought, discounts, shipping, draw(taxes()), currency), bought, currency


@given(purchases())
def test_lines_and_delivery_sum_to_the_total(bought: tuple[Prices, list[Item], str]) -> None:
    priced, _goods, _currency = bought
    on_top = ZERO if priced.tax.is_included else priced.tax_amount
    assert priced.total_amount == priced.goods_amount - priced.discount_amount + priced.shipping_amount + on_top
    delivery_tax = ZERO if priced.tax.is_included else priced.shipping_tax_amount
    assert (
        priced.total_amount == sum(line.total_amount for line in priced.lines) + priced.shipping_amount + delivery_tax
    )


@given(purchases())
def test_discounts_stay_between_zero_and_the_price_of_the_line(bought: Any) -> None:
    priced, sold, currency = bought
    for line, each in zip(priced.lines, sold, strict=True):
        assert 0 <= line.discount_amount <= each.amount
        assert line.tax_amount >= 0
        for amount in (line.discount_amount, line.tax_amount, line.total_amount):
            assert amount == round_amount(amount, currency)


@given(purchases())
def test_the_discounts_of_promotions_and_lines_have_the_same_sum(bought: Any) -> None:
    priced, _sold, _currency = bought
    assert sum((amount for _name, amount in priced.discounts.applied), ZERO) == priced.discount_amount


@given(purchases())
def test_tax_by_rate_sums_to_the_tax_and_with_the_net_to_the_total(bought: Any) -> None:
    priced, _sold, _currency = bought
    assert sum((each.tax_amount for each in priced.taxes), ZERO) == priced.tax_amount
    assert sum((each.net_amount + each.tax_amount for each in priced.taxes), ZERO) == priced.total_amount
    percents = [each.percent for each in priced.taxes]
    assert percents == sorted(set(percents), reverse=True)


@given(purchases())
def test_tax_by_rate_is_exact_within_one_rounding_per_line(bought: Any) -> None:
    priced, _sold, currency = bought
    for each in priced.taxes:
        rounded = [line for line in priced.lines if line.tax_percent == each.percent]
        exact = each.net_amount * each.percent / 100
        assert abs(each.tax_amount - exact) <= from_minor(len(rounded) + 1, currency)


@given(purchases())
def test_each_class_has_its_rate_and_delivery_the_highest(bought: Any) -> None:
    priced, sold, _currency = bought
    reduced = priced.tax.percent if priced.tax.reduced_percent is None else priced.tax.reduced_percent
    rates = {"standard": priced.tax.percent, "reduced": reduced, "zero": ZERO}
    expected = [rates[each.tax_class] for each in sold]
    assert [line.tax_percent for line in priced.lines] == expected
    assert priced.shipping_tax_percent == max(expected)


@given(purchases())
def test_an_order_and_its_quote_show_the_same_tax(bought: Any) -> None:
    priced, _sold, _currency = bought
    order = Order(
        pk=1, shipping_amount=priced.shipping_amount, shipping_tax_amount=priced.shipping_tax_amount,
        shipping_tax_percent=priced.shipping_tax_percent, is_tax_included=priced.tax.is_included,
    )  # fmt: skip
    vars(order)["_prefetched_objects_cache"] = {
        "lines": [
            OrderLine(tax_percent=line.tax_percent, tax_amount=line.tax_amount, total_amount=line.total_amount)
            for line in priced.lines
        ]
    }
    assert order.taxes == priced.taxes


def test_delivery_of_an_empty_cart_is_taxed_at_the_standard_rate() -> None:
    assert price([], Discounts([]), Decimal("5.00"), Tax(Decimal(19)), "EUR").shipping_tax_amount == Decimal("0.80")


@given(CURRENCIES, st.integers(0, 10**8), st.integers(1, 999), st.data())
def test_shares_refunded_one_by_one_sum_to_the_line(
    currency: str, units: int, quantity: int, data: st.DataObject
) -> None:
    line = OrderLine(total_amount=from_minor(units, currency), quantity=quantity)
    given_back, already = ZERO, 0
    while already < quantity:
        next_ones = data.draw(st.integers(1, quantity - already))
        share = share_of(line, next_ones, currency, already)
        assert share >= 0
        given_back, already = given_back + share, already + next_ones
    assert given_back == line.total_amount


def off(kind: str, sold: list[Item], value: str = "0", **more: Any) -> list[Decimal]:
    promotion = Promotion(pk=1, name="P", kind=kind, value=Decimal(value), **more)
    return discount(sold, [promotion], "EUR").lines


def test_each_kind_of_promotion_takes_off_its_discount() -> None:
    sold = [Item(Decimal("10.00"), 2), Item(Decimal("3.33"), 3)]
    assert off("percentage", sold, "10") == [Decimal("2.00"), Decimal("1.00")]
    assert off("fixed", sold, "5") == [Decimal("3.33"), Decimal("1.67")]
    assert off("fixed", sold, "500") == [Decimal("20.00"), Decimal("9.99")]
    assert off("buy_x_get_y", sold, buy_quantity=2, get_quantity=1) == [Decimal(0), Decimal("3.33")]
    assert off("percentage", sold, "10", minimum_amount=Decimal(30)) == [0, 0]
    kitchen = Category(path="0001")
    only = [Item(Decimal(10), 1, "00010002"), Item(Decimal(10), 1, "0002")]
    assert off("percentage", only, "50", category=kitchen) == [Decimal(5), 0]
