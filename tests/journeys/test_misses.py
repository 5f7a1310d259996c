"""A customer finds nothing, is offered other ways, and tells the shop what they miss. Staff read it."""

import pytest
from playwright.sync_api import expect

from catalog.models import DemandNote
from tests.journeys.conftest import PHONE, Visitor
from tests.journeys.test_quality import SHIFT, axe_violations


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_customer_tells_what_they_miss(visit: Visitor, script: bool) -> None:
    page = visit("/search/?q=zeppelin", java_script_enabled=script)
    page.get_by_label("What are you looking for?").fill("A zeppelin for two")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    note = DemandNote.objects.select_related("demand").get()
    assert (note.demand.words, note.text) == ("zeppelin", "A zeppelin for two")


def test_a_note_with_an_address_is_refused(visit: Visitor) -> None:
    page = visit("/search/?q=zeppelin")
    page.get_by_label("What are you looking for?").fill("write to me@example.com")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Leave out email addresses")).to_be_visible()
    expect(page.get_by_label("What are you looking for?")).to_have_value("write to me@example.com")


def test_a_miss_leads_to_the_nearest_products_and_categories(visit: Visitor) -> None:
    page = visit("/search/?q=mug+under+10")
    nearest = page.get_by_role("region", name="Without “Up to €10”")
    expect(nearest.locator(".card")).to_have_count(2)
    expect(page.get_by_role("navigation", name="Categories").last.get_by_role("link").first).to_have_text("Kitchen")
    nearest.get_by_role("link", name="All results for “mug”").click()
    expect(page.locator("#results .card")).to_have_count(2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_miss_is_accessible_and_shifts_nothing(visit: Visitor, theme: str) -> None:
    page = visit("/search/?q=mug+under+10", viewport=PHONE, color_scheme=theme)
    assert not axe_violations(page)
    assert page.evaluate(SHIFT) < 0.02
    page.goto("/search/missed/")
    assert not axe_violations(page)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
