"""A customer types into the search box and chooses a suggestion, by keyboard, mouse and touch."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from catalog.models import SearchTally
from tests.journeys.conftest import PHONE, Visitor
from tests.journeys.test_quality import SHIFT, axe_violations


def typed(page: Page, text: str) -> Locator:
    """Type a text, wait for its suggestions and return the box."""
    box = page.get_by_role("combobox", name="Search products")
    box.press_sequentially(text)
    expect(box).to_have_attribute("aria-expanded", "true")
    return box


def active(page: Page) -> str:
    """Return the text of the option that screen readers announce."""
    key = page.get_by_role("combobox").get_attribute("aria-activedescendant")
    option = page.locator(f"#{key}")
    expect(option).to_have_attribute("aria-selected", "true")
    return option.locator(".suggestion-title").inner_text()


@pytest.fixture
def lamps_were_found(shop: object) -> None:
    today = timezone.localdate()
    SearchTally.objects.bulk_create(
        SearchTally(day=today - timedelta(ago), kind="words", words="lamp", searches=9, unanswered=0)
        for ago in range(4)
    )


def test_suggestions_are_groups_of_links(visit: Visitor, lamps_were_found: None) -> None:
    page = visit("/")
    box = typed(page, "la")
    listbox = page.get_by_role("listbox", name="Suggestions")
    assert box.get_attribute("aria-controls") == listbox.get_attribute("id")
    expect(listbox.get_by_role("group", name="Searches").get_by_role("option")).to_have_text(["lamp"])
    products = listbox.get_by_role("group", name="Products").get_by_role("option")
    expect(products).to_have_text(["Gourd lamp, green €129.00", "Gourd lamp, blue €129.00"], use_inner_text=True)
    expect(products.first).to_have_attribute("href", re.compile("/products/gourd-lamp-green/$"))
    expect(products.first.locator("img")).to_have_js_property("complete", True)
    expect(page.get_by_role("status").filter(has_text="Suggestions: 3")).to_be_attached()


def test_arrow_keys_choose_and_enter_opens(visit: Visitor, lamps_were_found: None) -> None:
    page = visit("/")
    box = typed(page, "la")
    assert box.get_attribute("aria-activedescendant") is None
    chosen = []
    for key in ("ArrowDown", "ArrowDown", "End", "Home", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        chosen.append(active(page) if box.get_attribute("aria-activedescendant") else "")
    assert chosen == ["lamp", "Gourd lamp, green", "Gourd lamp, blue", "lamp", "", "Gourd lamp, blue"]
    expect(box).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gourd lamp, blue")


def test_escape_and_leaving_close_the_suggestions(visit: Visitor) -> None:
    page = visit("/")
    box = typed(page, "lam")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("lam")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(box).to_have_attribute("aria-expanded", "false")


def test_enter_without_a_choice_searches(visit: Visitor) -> None:
    page = visit("/")
    typed(page, "lamp")
    page.keyboard.press("Enter")
    expect(page.locator("#results .card")).to_have_count(2)


def test_typing_goes_back_to_the_text(visit: Visitor) -> None:
    page = visit("/")
    box = typed(page, "lam")
    page.keyboard.press("ArrowDown")
    box.press_sequentially("p")
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))


def test_no_suggestions_are_announced(visit: Visitor) -> None:
    page = visit("/")
    page.get_by_role("combobox").press_sequentially("zeppelin")
    expect(page.get_by_role("status").filter(has_text="No suggestions")).to_be_attached()
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_late_answer_does_not_replace_a_newer_one(visit: Visitor) -> None:
    page = visit("/")
    held: list[Route] = []
    page.route(re.compile(r"suggest/\?q=lam$"), lambda route: held.append(route))
    box = page.get_by_role("combobox")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("q=lam")):
        box.press_sequentially("lam")
        page.wait_for_timeout(300)
        box.fill("mug")
    expect(page.get_by_role("option").first).to_contain_text("Mug")
    assert len(held) == 1


def test_a_finger_opens_a_suggestion_on_a_phone(visit: Visitor) -> None:
    page = visit("/", viewport=PHONE, has_touch=True)
    typed(page, "delphi")
    option = page.get_by_role("option", name="Delphi vase, terracotta")
    size = option.bounding_box()
    assert size is not None
    assert size["height"] >= 44
    assert size["x"] >= 0
    assert size["x"] + size["width"] <= PHONE["width"]
    option.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delphi vase, terracotta")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_open_suggestions_are_accessible_and_shift_nothing(visit: Visitor, theme: str, lamps_were_found: None) -> None:
    page = visit("/", color_scheme=theme)
    typed(page, "lam")
    page.keyboard.press("ArrowDown")
    assert not axe_violations(page)
    assert page.evaluate(SHIFT) < 0.02


def test_the_search_works_without_javascript(visit: Visitor) -> None:
    page = visit("/", java_script_enabled=False)
    box = page.get_by_role("searchbox", name="Search products")
    box.fill("lamp")
    box.press("Enter")
    expect(page.locator("#results .card")).to_have_count(2)
