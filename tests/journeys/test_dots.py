"""A customer photographs two things and selects a dot to see the results of the other one."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from tests.journeys.conftest import DESKTOP, PHONE, PICTURES, Visitor
from visualsearch.training.background import foreground

MIN_TARGET = 24  # pixels a side (WCAG 2.2, 2.5.8)


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """A photo of a stool and a mug on a table."""
    table = Image.new("RGB", (1000, 750), "#b9a58c")
    table.paste("#7d5f43", (0, 250, 1000, 750))
    for name, at in (("perch-stool-oak-1.jpg", (80, 150)), ("halden-mug-blue-1.jpg", (580, 260))):
        with Image.open(PICTURES / name) as file:
            picture = file.convert("RGB").resize((380, 380))
        table.paste(picture, at, foreground(picture))
    table.save(tmp_path / "both.jpg", quality=90)
    return tmp_path / "both.jpg"


def first_title(page: Page) -> str:
    return page.locator("#results .card-title").first.inner_text()


def test_each_dot_shows_its_own_results(visit: Visitor, both: Path) -> None:
    page = visit("/search/photo/", viewport=PHONE)
    page.get_by_label("Choose a photo").set_input_files(both)
    dots = page.get_by_role("navigation", name="Items in your photo").get_by_role("link")
    expect(dots).to_have_count(2)
    found = set()
    for number in range(2):
        with page.expect_navigation():
            dots.nth(number).click()
        found.add(first_title(page))
    assert found == {"Perch stool, oak", "Halden mug, blue"}
    expect(page.get_by_role("link", name="Item 2 of 2")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="Item 1 of 2")).to_have_attribute("aria-current", "true")


def test_dots_work_by_keyboard(visit: Visitor, both: Path) -> None:
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files(both)
    other = page.get_by_role("link", name="Item 2 of 2")
    page.get_by_role("link", name="Item 1 of 2").focus()
    page.keyboard.press("Tab")
    expect(other).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(other).to_have_attribute("aria-current", "true")


def test_dots_are_links_without_javascript(visit: Visitor, both: Path) -> None:
    page = visit("/search/photo/", java_script_enabled=False)
    page.get_by_label("Choose a photo").set_input_files(both)
    page.get_by_role("button", name="Find similar products").click()
    found = set()
    for number in (2, 1):
        dot = page.get_by_role("link", name=f"Item {number} of 2")
        dot.click()
        expect(dot).to_have_attribute("aria-current", "true")
        assert f"item={number}" in page.url
        found.add(first_title(page))
    assert found == {"Perch stool, oak", "Halden mug, blue"}


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_dots_lie_on_the_photo_and_are_large_enough_to_tap(visit: Visitor, both: Path, viewport: ViewportSize) -> None:
    page = visit("/search/photo/", viewport=viewport)
    page.get_by_label("Choose a photo").set_input_files(both)
    picture = page.get_by_role("img", name="Your photo").bounding_box()
    assert picture
    assert picture["width"] / picture["height"] == pytest.approx(1000 / 750, rel=0.05)
    for dot in page.get_by_role("navigation", name="Items in your photo").get_by_role("link").all():
        box = dot.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= MIN_TARGET
        assert picture["x"] <= box["x"] + box["width"] / 2 <= picture["x"] + picture["width"]
        assert picture["y"] <= box["y"] + box["height"] / 2 <= picture["y"] + picture["height"]
