"""Staff read reports on a phone, in dark mode, by keyboard and without JavaScript."""

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.models import Product
from catalog.search_counts import count_text_search
from shop.accounts.models import Customer
from tests.journeys.conftest import PHONE, Visitor
from tests.journeys.test_quality import axe_violations
from tests.purchases import buy, cart_of, deliver_to

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sales(shop: dict[str, Product]) -> None:
    deliver_to("DE", amount="0")
    buy(cart_of(shop["sol-tray-brass"].variants.get()), now=timezone.now())
    count_text_search("zeppelin", found=False, now=timezone.now())


def log_in(page: Page) -> None:
    client = Client()
    client.force_login(Customer.objects.create_superuser("root@example.com"))
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": page.url}])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_reports_are_accessible_on_a_phone(visit: Visitor, sales: None, theme: str) -> None:
    page = visit("/healthz", color_scheme=theme, viewport=PHONE, bypass_csp=True)  # lets axe run its script
    log_in(page)
    for address in ("sales/", "articles/", "searches/", "unanswered/"):
        page.goto(f"/admin/reports/{address}")
        assert not axe_violations(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    expect(page.get_by_role("row", name="zeppelin")).to_be_visible()


def test_a_report_works_by_keyboard_and_without_javascript(visit: Visitor, sales: None) -> None:
    page = visit("/healthz", java_script_enabled=False)
    log_in(page)
    page.goto("/admin/reports/sales/")
    expect(page.get_by_role("img", name="Revenue from")).to_be_visible()
    expect(page.get_by_role("row", name="Total")).to_contain_text("€64.00")
    page.get_by_role("link", name="12 months").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Month")).to_be_visible()
    page.get_by_label("By").focus()
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Week")).to_be_visible()
    page.get_by_role("link", name="Best sellers").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="Sol tray, brass")).to_be_visible()
