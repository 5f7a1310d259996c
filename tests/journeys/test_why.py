""" "Why this?" opens in a dialog over the results, or as a page without JavaScript."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from catalog.models import Product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_why_opens_in_a_dialog(visit: Callable[..., Page], photo: Path) -> None:
    page = visit("/search/photo/")
    page.set_input_files("[data-photo-input] >> nth=0", photo)
    page.get_by_role("button", name="Why this? Halden mug, blue").click(timeout=60_000)
    dialog = page.get_by_role("dialog", name="Why this?")
    expect(dialog).to_be_visible(timeout=60_000)
    expect(dialog.get_by_role("img", name="Your photo. Similar area:")).to_be_visible()
    expect(dialog.get_by_role("img", name="Halden mug, blue. Similar area:")).to_be_visible()
    assert not Axe().run(page).response["violations"]
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    page.reload(wait_until="load")
    page.get_by_role("button", name="Why this? Halden mug, blue").click()
    expect(page.get_by_role("img", name="Halden mug, blue. Similar area:")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("img", name="Your photo. Similar area:")).to_have_count(0)


def test_why_works_without_javascript(
    browser: Browser, live_server: LiveServer, shop: dict[str, Product], photo: Path
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto("/search/photo/")
    page.set_input_files("[data-photo-input] >> nth=0", photo)
    page.get_by_role("button", name="Find similar products").click()
    page.get_by_role("button", name="Why this? Halden mug, blue").click()
    expect(page.get_by_role("heading", name="Why this?")).to_be_visible()
    expect(page.get_by_role("img", name="Your photo. Similar area:")).to_be_visible()
    page.get_by_role("link", name="Back to the results").click()
    expect(page.get_by_role("heading", name="Results for your photo")).to_be_visible()
    context.close()
