"""Returns, back-in-stock notifications and orders that staff place by phone."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.models import Product
from shop.accounts.models import Customer
from shop.fulfilment.actions import ship_order
from shop.orders.models import Order, Return
from shop.waitlist.models import Waiting
from tests.journeys.conftest import DESKTOP, PHONE, Visitor
from tests.journeys.test_quality import axe_violations
from tests.purchases import buy, cart_of, deliver_to

CONTRAST: dict[str, object] = {"runOnly": ["color-contrast"]}
EVERY_SCREEN = pytest.mark.parametrize(
    "options",
    [
        {"viewport": DESKTOP}, {"viewport": PHONE, "color_scheme": "dark"},
        {"viewport": PHONE, "java_script_enabled": False},
    ],
    ids=["desktop", "dark phone", "without JavaScript"],
)  # fmt: skip


@pytest.fixture(autouse=True)
def _delivery(shop: dict[str, Product]) -> None:
    deliver_to("DE")


def check_page(page: Page, options: dict[str, Any]) -> None:
    """Check that the page is accessible and does not scroll sideways."""
    if options.get("java_script_enabled", True):
        assert not axe_violations(page, **(CONTRAST if options.get("color_scheme") == "dark" else {}))
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


@EVERY_SCREEN
def test_a_guest_returns_an_item(visit: Visitor, shop: dict[str, Product], options: dict[str, Any]) -> None:
    order = buy(cart_of(shop["halden-mug-moss"].variants.get(), quantity=2))
    ship_order(order.pk, {order.lines.get().pk: 2}, "staff", timezone.now())
    page = visit(order.get_absolute_url(), **options)
    page.get_by_role("link", name="Return items").click()
    check_page(page, options)
    page.get_by_label("Halden mug, moss").fill("1")
    page.get_by_label("Why are you returning it?").select_option("damaged")
    page.get_by_role("button", name="Start return").click()
    expect(page.get_by_text(f"Write {Return.objects.get().number} on the parcel")).to_be_visible()
    expect(page.get_by_role("heading", name="Returns")).to_be_visible()
    check_page(page, options)


@EVERY_SCREEN
def test_a_guest_asks_to_be_notified(visit: Visitor, options: dict[str, Any]) -> None:
    page = visit("/products/coast-bottle-amber/", **options)
    check_page(page, options)
    form = page.get_by_role("form", name="Get notified when it is back")
    form.get_by_label("Email address").fill("alice@example.com")
    form.get_by_role("button", name="Notify me").click()
    expect(page.get_by_text("We will email alice@example.com once")).to_be_visible()
    page.goto(f"/back-in-stock/{Waiting.objects.get().token}/")
    check_page(page, options)
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert not Waiting.objects.exists()


def test_staff_place_an_order_by_phone(visit: Visitor) -> None:
    login = Client()
    login.force_login(Customer.objects.create_superuser("staff@example.com", "a long passphrase"))
    page = visit("/", tolerate="Failed to load")
    page.context.add_cookies([{"name": "sessionid", "value": login.cookies["sessionid"].value, "url": page.url}])
    page.goto("/admin/orders/order/")
    page.get_by_role("link", name="Add order").click()
    page.get_by_label("Customer's email address").fill("caller@example.com")
    page.get_by_label("SKU or search words").first.fill("stool")
    page.get_by_role("button", name="Update total").click()
    for label, value in (
        ("Name", "Bob Example"), ("Street and number", "2 Short Street"), ("Postal code", "10115"), ("City", "Berlin"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).first.fill(value)
    assert not axe_violations(page, runOnly=["label", "select-name", "button-name", "duplicate-id-aria"])
    page.get_by_label("Send the customer a payment link").check()
    page.get_by_label("City", exact=True).first.press("Enter")
    expect(page.get_by_label("Send the customer a payment link")).to_be_checked()
    assert not Order.objects.exists(), "Enter must only update the total"
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_text(f"Order {Order.objects.get().number} is placed.")).to_be_visible()
