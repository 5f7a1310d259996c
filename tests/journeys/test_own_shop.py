"""From an empty shop to one with a name of its own, a product, an order and a photo search that finds it."""

import pytest
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from catalog.models import Product
from shop.accounts.models import Customer
from shop.orders.models import Order
from shop.orders.starter import make_starting_charges
from shop.pages.services import write_drafts
from tests.journeys.conftest import Visitor
from tests.journeys.own_shop import STEPS
from tests.journeys.test_quality import axe_violations


@pytest.fixture
def shop(transactional_db: None, tasks_at_once: None) -> dict[str, Product]:
    """A shop as `make run EMPTY=1` leaves it."""
    cache.clear()
    make_starting_charges()
    write_drafts()
    return {}


def test_an_owner_opens_a_shop(visit: Visitor, live_server: LiveServer) -> None:
    owner = Customer.objects.create_superuser("vesta@example.com", "a long passphrase")
    login = Client()
    login.force_login(owner)
    page = visit("/")
    page.context.add_cookies([{"name": "sessionid", "value": login.cookies["sessionid"].value, "url": page.url}])
    for step in STEPS:
        step(page)
        if not page.url.startswith(f"{live_server.url}/admin/"):  # whose breadcrumbs are Django's
            assert not axe_violations(page)
    done = {each.get_attribute("id") for each in page.locator(".opening-done").all()}
    assert done == {"log-in", "look", "seller", "currency", "delivery", "taxes", "products", "payments", "photo"}
    assert Order.objects.get().state == "paid"
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mugs and lamps that last")
    expect(page.locator("footer").get_by_role("link", name="Imprint")).to_be_visible()
    assert "Semblance" not in page.content()
    assert not axe_violations(page)
