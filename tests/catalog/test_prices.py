"""Precision of prices: rejected on input, rounded on reading."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from catalog.models import Product, Variant
from catalog.prices import quantum, validate_amount
from shop.accounts.models import Customer
from shop.orders.models import Order, ShippingRate
from shop.promotions.models import Promotion
from tests.catalog.feed.test_importer import Import
from tests.catalog.test_admin import form
from tests.factories import ProductFactory
from tests.purchases import article, buy, cart_of, deliver_to, total_of
from tests.shop.checkout.test_pages import add

pytestmark = pytest.mark.django_db
HEADER = "product,title,category,sku,price,compare_at_price"
FINE = [("JPY", "1200.50", "1"), ("EUR", "1.999", "0.01"), ("KWD", "1.125", "0.01"), ("ISK", "0.5", "1")]


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(Customer.objects.create_superuser("owner@example.com", "correct horse"))
    return client


@pytest.mark.parametrize(("currency", "price", "step"), FINE)
@pytest.mark.parametrize("column", ["price", "compare_at_price"])
def test_feed_rejects_prices_finer_than_the_currency(
    settings: Any, tmp_path: Path, currency: str, price: str, step: str, column: str
) -> None:
    settings.CURRENCY = currency
    cells = f"{price}," if column == "price" else f"0,{price}"
    done = Import(tmp_path, f"tea,Tea,Drinks,T-1,{cells}", "cup,Cup,Kitchen,C-1,5,9", header=HEADER)
    assert done.problems == {
        2: f"The {column} “{price}” has too many decimal places for {currency}. Use a multiple of {step}."
    }
    assert [str(each.price_amount) for each in Variant.objects.all()] == [str(Decimal(5).quantize(quantum(currency)))]


@pytest.mark.parametrize(("currency", "price", "step"), FINE)
def test_admin_rejects_amounts_finer_than_the_currency(
    settings: Any, owner: Client, currency: str, price: str, step: str
) -> None:
    settings.CURRENCY = currency
    product = ProductFactory(price="10")
    page = owner.post(
        f"/admin/catalog/product/{product.pk}/change/", form(product, **{"variants-0-price_amount": price})
    )
    assert (page.status_code, "errorlist" in page.content.decode()) == (200, True)
    assert Variant.objects.get().price_amount == 10
    rate = {"rates-0-country": "DE", "rates-0-least_grams": 0, "rates-0-from_amount": "0", "rates-0-amount": price}
    fields = {"name": "Post", "position": 0, "rates-TOTAL_FORMS": 1, "rates-INITIAL_FORMS": 0, **rate}
    assert f"multiple of {step}" in owner.post("/admin/orders/shippingmethod/add/", fields).content.decode()
    sale = {
        "name": "Sale", "kind": "fixed", "value": price, "buy_quantity": 0, "get_quantity": 0, "minimum_amount": "0",
        "vouchers-TOTAL_FORMS": 0, "vouchers-INITIAL_FORMS": 0,
    }  # fmt: skip
    for wrong in (sale, {**sale, "value": "1", "minimum_amount": price}):
        assert f"multiple of {step}" in owner.post("/admin/promotions/promotion/add/", wrong).content.decode()
    assert not ShippingRate.objects.exists()
    assert not Promotion.objects.exists()


def test_percentages_may_be_finer_than_the_currency(settings: Any, owner: Client) -> None:
    settings.CURRENCY = "JPY"
    fields = {
        "name": "Sale", "kind": "percentage", "value": "12.5", "buy_quantity": 0, "get_quantity": 0,
        "minimum_amount": "0", "vouchers-TOTAL_FORMS": 0, "vouchers-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert owner.post("/admin/promotions/promotion/add/", fields).status_code == 302


def test_stored_half_yen_is_rounded_everywhere(settings: Any, client: Client, tmp_path: Path) -> None:
    """Such rows remain after the shop has changed its currency."""
    settings.CURRENCY = "JPY"
    deliver_to("DE", amount="500.50", percent=None)
    tea = article("1200.50")
    page = client.get(tea.product.get_absolute_url()).content.decode()
    assert ("¥1,201" in page, "1,200" in page, "1200" in page) == (True, False, False)
    offers = [json.loads(data) for data in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]
    assert [each["offers"][0]["price"] for each in offers if "offers" in each] == ["1201"]
    details = client.get(f"/api/v1/products/{tea.product.slug}/").json()
    assert (details["price"], details["variants"][0]["price"]) == ("1201", "1201")
    assert client.get("/api/v1/products/").json()["results"][0]["price"] == "1201"
    add(client, tea)
    assert "¥1,702" in client.get("/cart/").content.decode()
    assert total_of(cart_of(tea)) == 1702
    order = buy(cart_of(tea))
    assert (order.total_amount, order.lines.get().unit_amount, order.payments.get().amount) == (1702, 1201, 1702)
    call_command("export_catalog", tmp_path / "feed.csv")
    assert ",1201," in (tmp_path / "feed.csv").read_text()


def test_unrounded_total_does_not_match_the_one_shown(settings: Any, client: Client) -> None:
    settings.CURRENCY = "JPY"
    deliver_to("DE", amount="500", percent=None)
    tea = article("1200")
    cart = client.post("/api/v1/cart/lines/", {"variant": tea.pk}, content_type="application/json").json()
    home = {"name": "Alice", "line1": "1 Long Street", "postal_code": "10115", "city": "Berlin", "country": "DE"}
    order = {"email": "alice@example.com", "payment": "test", "total": "1699.5", "delivery": home}
    answer = client.post(
        "/api/v1/checkout/", order, content_type="application/json", headers={"Cart-Token": cart["token"]}
    )
    assert (answer.status_code, Order.objects.count()) == (409, 0)


def test_price_input_steps_by_the_currency(settings: Any) -> None:
    settings.CURRENCY = "JPY"
    assert Variant._meta.get_field("price_amount").formfield().widget.attrs["step"] == "1"


@pytest.mark.parametrize("amount", ["0", "10.00", "1E+3"])
def test_whole_amounts_are_valid_in_any_notation(settings: Any, amount: str) -> None:
    settings.CURRENCY = "JPY"
    validate_amount(Decimal(amount))
    with pytest.raises(ValidationError):
        validate_amount(Decimal(amount) + Decimal("0.5"))


@pytest.mark.parametrize(("currency", "message"), [
    ("EUR", ""), ("JPY", ""), ("KWD", "KWD has 3 decimal places, but the shop rounds it to 0.01."),
    ("EURO", "“EURO” is not a currency."), ("XQQ", "“XQQ” is not a currency."),
])  # fmt: skip
def test_the_system_check_reports_an_unsuitable_currency(settings: Any, currency: str, message: str) -> None:
    settings.CURRENCY = currency
    assert [each.msg for each in run_checks()] == [message] * bool(message)


def test_lists_sort_and_filter_by_the_stored_price() -> None:
    cheap, dear = ProductFactory(price="9.99"), ProductFactory(price="10.00")
    assert list(Product.objects.priced(at_least=Decimal("9.99")).order_by("price_amount")) == [cheap, dear]
    assert list(Product.objects.priced(at_most=Decimal("9.99"))) == [cheap]
