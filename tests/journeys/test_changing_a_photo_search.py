"""Changing a search by picture: several photos, and less like a product, with and without JavaScript."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visitor

CARDS = ".grid .card-title"


def test_several_photos_are_one_search(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files([photo, photo])
    expect(page.get_by_role("heading", name="Results for your photos")).to_be_visible()


def test_more_than_four_photos_are_refused_before_they_are_sent(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files([photo] * 5)
    expect(page.get_by_text("Choose at most 4 photos.")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_less_like_a_product_removes_it_and_can_be_undone(visit: Visitor, photo: Path, javascript: bool) -> None:
    page = visit("/search/photo/?like=halden-mug-blue", java_script_enabled=javascript)
    first = page.locator(CARDS).first.inner_text()
    page.locator(".grid > li").first.get_by_role("button", name="Less like this").click()
    chip = page.get_by_role("link", name=re.compile(f"Less like {first}"))
    expect(chip).to_be_visible()
    expect(page.locator(CARDS, has_text=first)).to_have_count(0)
    chip.click()
    expect(page.locator(CARDS).first).to_have_text(first)
