"""Guests and customers buy; staff ship and refund. On desktop, on a phone and without JavaScript."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.models import Product
from shop.accounts.models import Address, Customer
from shop.cart.services import add_line, open_cart
from shop.models import Mail
from shop.orders.models import Order, TaxRate
from tests.conftest import PASSWORD
from tests.journeys.conftest import DESKTOP, PHONE, Visitor
from tests.journeys.test_quality import axe_violations
from tests.purchases import deliver_to


@pytest.fixture(autouse=True)
def _delivery(shop: dict[str, Product]) -> None:
    deliver_to("DE")


def fill_in(page: Page) -> None:
    for name, value in (
        ("email", "alice@example.com"), ("delivery-name", "Alice Example"), ("delivery-line1", "1 Long Street"),
        ("delivery-postal_code", "10115"), ("delivery-city", "Berlin"),
    ):  # fmt: skip
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=delivery-country]").select_option("DE")


def buy(page: Page) -> None:
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to checkout").click()
    fill_in(page)
    page.get_by_role("button", name="Order with obligation to pay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order"))


@pytest.mark.parametrize(
    "options",
    [{"viewport": DESKTOP}, {"viewport": PHONE}, {"viewport": PHONE, "java_script_enabled": False}],
    ids=["desktop", "phone", "without JavaScript"],
)
def test_a_guest_buys(visit: Visitor, options: dict[str, Any]) -> None:
    page = visit("/products/halden-mug-moss/", **options)
    buy(page)
    expect(page.get_by_text("Your order is paid")).to_be_visible()
    assert Order.objects.get().state == "paid"


def test_an_order_from_photo_search_to_refund(visit: Visitor, photo: Path, django_user_model: Any) -> None:
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.locator("#results .card-link").first.click()
    buy(page)
    order = Order.objects.get()
    assert Mail.objects.get().kind == "orders/confirmed"

    Customer.objects.create_superuser("staff@example.com", "a long passphrase")
    login = Client()
    login.force_login(django_user_model.objects.get())
    staff = visit("/", tolerate="Failed to load")
    staff.context.add_cookies([{"name": "sessionid", "value": login.cookies["sessionid"].value, "url": staff.url}])
    staff.goto(f"/admin/orders/order/{order.pk}/change/")
    staff.locator("summary", has_text="Ship").click()
    shipping = staff.locator("form[aria-label=Ship]")
    shipping.get_by_label("Tracking number").fill("JD0001")
    shipping.get_by_role("button", name="Ship").click()
    staff.locator("summary", has_text="Refund").click()
    refund = staff.locator("form[aria-label=Refund]")
    refund.get_by_label("Amount").fill("5.00")
    refund.get_by_role("button", name="Refund").click()
    expect(staff.get_by_text("Refund: done.")).to_be_visible()

    page.reload()
    expect(page.get_by_text("Your order is on its way.")).to_be_visible()
    expect(page.get_by_text("JD0001")).to_be_visible()
    expect(page.get_by_role("term").filter(has_text="Refunded")).to_be_visible()
    assert {mail.kind for mail in Mail.objects.all()} == {"orders/confirmed", "orders/shipped", "orders/refunded"}


def test_an_order_with_a_declined_card_can_be_paid_or_cancelled(visit: Visitor) -> None:
    page = visit("/products/halden-mug-moss/")
    for button in ("Pay now", "Cancel order and return items to cart"):
        page.goto("/products/halden-mug-moss/")
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_role("link", name="Go to checkout").click()
        fill_in(page)
        page.get_by_label("Card number").fill("4242 4242 4242 0002")
        page.get_by_role("button", name="Order with obligation to pay").click()
        expect(page.get_by_text("The card was declined").first).to_be_visible()
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^(Order|Cart)"))
    assert sorted(Order.objects.values_list("state", flat=True)) == ["cancelled", "paid"]


def test_the_cart_survives_the_back_button(visit: Visitor) -> None:
    page = visit("/products/halden-mug-moss/")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.go_back()
    page.go_back()
    page.goto("/cart/")
    expect(page.get_by_role("list", name="Items in the cart").get_by_role("listitem")).to_have_count(1)


@pytest.fixture
def book(alice: Customer) -> None:
    """Give alice two addresses, the second one the default, and a cart with a mug at reduced tax and a lamp."""
    TaxRate.objects.update(reduced_percent=7)
    Product.objects.filter(slug="halden-mug-moss").update(tax_class="reduced")
    for line1, is_default in (("7 Own Street", False), ("8 Own Street", True)):
        Address.objects.create(
            customer=alice, name="Alice Example", line1=line1, postal_code="10115", city="Berlin", country="DE",
            is_default_shipping=is_default,
        )  # fmt: skip
    now = timezone.now()
    cart = open_cart(alice, "", now)
    for slug in ("halden-mug-moss", "gourd-lamp-blue"):
        add_line(cart, Product.objects.get(slug=slug).variants.get().pk, 1, now)


def log_in(page: Page) -> None:
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_customer_chooses_an_address_by_keyboard_or_enters_another(visit: Visitor, has_scripts: bool) -> None:
    page = visit("/account/login/?next=/checkout/", viewport=PHONE, java_script_enabled=has_scripts)
    log_in(page)
    street = page.locator("[name=delivery-line1]")
    expect(page.get_by_role("radio", name="8 Own Street")).to_be_checked()
    expect(street).to_be_hidden()
    page.get_by_role("radio", name="8 Own Street").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="7 Own Street")).to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Another address")).to_be_checked()
    expect(street).to_be_visible()
    fill_in(page)
    page.get_by_label("Save this address to my address book").check()
    page.get_by_role("button", name="Order with obligation to pay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order"))
    assert Address.objects.filter(line1="1 Long Street").exists()


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(("theme", "rules"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})])
def test_the_checkout_of_a_customer_is_accessible(visit: Visitor, theme: str, rules: dict[str, object]) -> None:
    page = visit("/account/login/?next=/checkout/", viewport=PHONE, color_scheme=theme)
    log_in(page)
    found = axe_violations(page, **rules)
    page.get_by_role("radio", name="Another address").check()
    found += axe_violations(page, **rules)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_role("radio", name="7 Own Street").check()
    page.get_by_role("button", name="Order with obligation to pay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order"))
    expect(page.get_by_text("Includes 7% VAT")).to_be_visible()
    assert found + axe_violations(page, **rules) == []


@pytest.mark.parametrize(("theme", "rules"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})])
def test_every_page_of_the_purchase_is_accessible(visit: Visitor, theme: str, rules: dict[str, object]) -> None:
    page = visit("/products/halden-mug-moss/", color_scheme=theme)
    found = axe_violations(page, **rules)
    page.get_by_role("button", name="Add to cart").click()
    found += axe_violations(page, **rules)
    page.get_by_role("link", name="Go to checkout").click()
    found += axe_violations(page, **rules)
    fill_in(page)
    page.get_by_label("Card number").fill("4000 0000 0000 0002")
    page.get_by_role("button", name="Order with obligation to pay").click()
    expect(page.get_by_role("button", name="Pay now")).to_be_visible()
    assert not found + axe_violations(page, **rules)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_of_the_purchase_scrolls_sideways(visit: Visitor, width: int) -> None:
    page = visit("/products/halden-mug-moss/", viewport={"width": width, "height": 844})
    wide = []
    page.get_by_role("button", name="Add to cart").click()
    for address in ("/cart/", "/checkout/"):
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    fill_in(page)
    page.get_by_role("button", name="Order with obligation to pay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order"))
    assert not wide
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert Order.objects.filter(placed_at__lte=timezone.now()).exists()
