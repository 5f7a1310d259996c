"""The checkout total updates itself with JavaScript; without it, the page asks for an update before ordering."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from catalog.models import Product
from shop.orders.models import Order, ShippingMethod, ShippingRate
from tests.journeys.conftest import DESKTOP, PHONE, Visitor
from tests.journeys.test_buying import fill_in
from tests.journeys.test_quality import axe_violations
from tests.purchases import deliver_to, voucher

TOTAL, PLACE_ORDER = ".sums-total dd", "Order with obligation to pay"


@pytest.fixture(autouse=True)
def _delivery(shop: dict[str, Product]) -> None:
    """Deliver by parcel for €4.90 or courier for €12.00, and to Hong Kong for €20.00."""
    deliver_to("DE")
    courier = ShippingMethod.objects.create(name="Courier", position=1)
    ShippingRate.objects.create(method=courier, country="DE", amount=12)
    ShippingRate.objects.create(method=courier, country="HK", amount=20)


def checkout(visit: Visitor, **options: Any) -> Page:
    page = visit("/products/halden-mug-moss/", **options)
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to checkout").click()
    return page


def total(page: Page) -> float:
    return float(page.locator(TOTAL).inner_text().removeprefix("€"))


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_total_updates_with_the_delivery_method(visit: Visitor, viewport: Any) -> None:
    page = checkout(visit, viewport=viewport)
    fill_in(page)
    before = total(page)
    page.get_by_role("radio", name="Courier").check()
    expect(page.locator(TOTAL)).to_have_text(f"€{before + 7.10:.2f}")
    expect(page.locator("[data-quote-status]")).to_have_text(re.compile(f"{before + 7.10:.2f}"))
    expect(page.get_by_role("radio", name="Courier")).to_be_focused()
    expect(page.locator("[name=delivery-line1]")).to_have_value("1 Long Street")
    expect(page.get_by_role("button", name="Update total")).to_have_count(0)
    page.get_by_role("button", name=PLACE_ORDER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order"))
    assert float(Order.objects.get().total_amount) == pytest.approx(before + 7.10)


def test_the_country_changes_total_methods_and_address_fields(visit: Visitor) -> None:
    page = checkout(visit)
    fill_in(page)
    before = total(page)
    page.locator("[name=delivery-country]").focus()
    page.locator("[name=delivery-country]").select_option("HK")
    expect(page.locator(TOTAL)).to_have_text(f"€{before + 15.10:.2f}")
    expect(page.locator("[name=delivery-postal_code]")).to_have_count(0)
    expect(page.locator("[name=delivery-line1]")).to_have_value("1 Long Street")
    expect(page.locator("[name=delivery-country]")).to_be_focused()
    page.locator("[name=delivery-region]").fill("Kowloon")
    page.get_by_role("button", name=PLACE_ORDER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order"))


def test_a_voucher_over_the_full_amount_hides_the_payment(visit: Visitor) -> None:
    voucher("GIFT", value="100")
    ShippingRate.objects.filter(country="DE").update(amount=0)
    page = checkout(visit)
    fill_in(page)
    page.get_by_label("Voucher").fill("gift")
    page.get_by_label("Order note").focus()
    expect(page.locator(TOTAL)).to_have_text("€0.00")
    expect(page.get_by_text("There is nothing to pay.")).to_be_visible()
    expect(page.locator("[name=payment]")).to_have_count(0)
    page.get_by_role("button", name=PLACE_ORDER).click()
    expect(page.get_by_text("Your order is paid")).to_be_visible()
    assert Order.objects.get().payments.get().gateway == "free"


def test_the_last_of_two_quick_choices_wins(visit: Visitor) -> None:
    page = checkout(visit)
    fill_in(page)
    before = total(page)
    page.get_by_role("radio", name="Courier").check()
    page.get_by_role("radio", name="Parcel").check()
    expect(page.locator("form[data-quote]")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator(TOTAL)).to_have_text(f"€{before:.2f}")
    expect(page.get_by_role("radio", name="Parcel")).to_be_checked()


def delay_quotes(page: Page) -> None:
    """Delay every new total by a second."""

    def delay(route: Route) -> None:
        page.wait_for_timeout(1000)
        route.continue_()

    page.route("**/checkout/", delay)


def test_an_order_placed_before_the_new_total_needs_a_second_click(visit: Visitor) -> None:
    page = checkout(visit)
    fill_in(page)
    before = total(page)
    delay_quotes(page)
    page.get_by_role("radio", name="Courier").check()
    page.get_by_role("button", name=PLACE_ORDER).click()
    expect(page.locator(TOTAL)).to_have_text(f"€{before + 7.10:.2f}")
    assert not Order.objects.exists()
    page.get_by_role("button", name=PLACE_ORDER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order"))


def test_an_order_placed_during_an_update_continues_if_the_total_is_the_same(visit: Visitor) -> None:
    page = checkout(visit)
    fill_in(page)
    delay_quotes(page)
    page.get_by_label("Voucher").fill("unknown")
    page.get_by_label("Order note").focus()
    page.get_by_label("Voucher").fill("")
    page.get_by_label("Order note").focus()
    page.get_by_role("button", name=PLACE_ORDER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order"))
    assert Order.objects.count() == 1


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_without_javascript_a_stale_total_must_be_updated(visit: Visitor, viewport: Any) -> None:
    page = checkout(visit, viewport=viewport, java_script_enabled=False)
    fill_in(page)
    before = total(page)
    stale = page.get_by_text("Your choices have changed")
    expect(stale).to_be_hidden()
    expect(page.get_by_role("button", name=PLACE_ORDER)).to_be_visible()
    page.get_by_role("radio", name="Courier").check()
    expect(stale).to_be_visible()
    expect(page.get_by_role("button", name=PLACE_ORDER)).to_be_hidden()
    page.get_by_role("button", name="Update total").first.click()
    assert total(page) == pytest.approx(before + 7.10)
    expect(page.get_by_text("This field is required")).to_have_count(0)
    expect(stale).to_be_hidden()
    expect(page.locator("[name=delivery-line1]")).to_have_value("1 Long Street")
    page.get_by_role("button", name=PLACE_ORDER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order"))


def test_updating_the_total_does_not_validate_an_empty_form(visit: Visitor) -> None:
    page = checkout(visit, java_script_enabled=False)
    page.get_by_role("radio", name="Courier").check()
    page.get_by_role("button", name="Update total").first.click()
    expect(page.locator(".field-error")).to_have_count(0)
    expect(page.get_by_role("radio", name="Courier")).to_be_checked()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_stale_total_is_accessible(visit: Visitor, theme: str, viewport: Any) -> None:
    page = checkout(visit, viewport=viewport, color_scheme=theme)
    expect(page.locator("form.is-live")).to_be_visible()
    page.evaluate("document.querySelector('form[data-quote]').classList.remove('is-live')")
    page.locator("[name=delivery-country]").evaluate("each => { each.selectedIndex = 1 - each.selectedIndex }")
    expect(page.get_by_text("Your choices have changed")).to_be_visible()
    assert axe_violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
