"""A review with photos, written on a phone: waiting, allowed, shown; and refused, with an appeal."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.models import Product, ProductImage
from catalog.pictures.services import make_renditions
from shop.accounts.models import Customer
from shop.reviews.models import Review
from shop.reviews.services import decide
from tests.journeys.conftest import DESKTOP, PHONE, Visitor, png
from tests.journeys.test_account import log_in
from tests.journeys.test_quality import axe_violations
from visualsearch import index
from visualsearch.models import Reason, Verdict, VerdictState
from visualsearch.moderation import decisions, pipeline
from visualsearch.moderation.decisions import Choice
from visualsearch.networks import serving

MUG = "/products/halden-mug-blue/"


@pytest.fixture(autouse=True)
def _held(settings: Any) -> None:
    settings.MODERATION, settings.REVIEWS_BUYERS_ONLY = "hold", False


def write_review(page: Page, *photos: str | Path) -> None:
    log_in(page)
    page.get_by_label("4 stars").check()
    page.locator("textarea").fill("Holds tea.")
    page.get_by_label("Choose photos").set_input_files(photos)
    page.get_by_role("button", name="Submit review").click()


def look_at_photos() -> list[ProductImage]:
    """Let a worker embed and check the photos."""
    keys = list(ProductImage.objects.filter(is_from_customer=True).values_list("pk", flat=True))
    index.refresh(keys, serving.live())
    pipeline.check_pictures(keys, timezone.now())
    return list(ProductImage.objects.filter(pk__in=keys))


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_review_with_photos_is_checked_and_then_shown(
    visit: Visitor, alice: Customer, photo: Path, tmp_path: Path, has_scripts: bool
) -> None:
    other = tmp_path / "mug.png"
    other.write_bytes(png(photo))
    page = visit(f"{MUG}review/", viewport=PHONE, has_touch=True, java_script_enabled=has_scripts)
    write_review(page, photo, other)
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, blue")
    stored = ProductImage.objects.filter(is_from_customer=True)
    assert sorted(image.width for image in stored) == [200, 1600]
    page.goto("/account/reviews/")
    expect(page.get_by_text("Waiting to be checked")).to_have_count(2)
    for image in look_at_photos():
        assert image.is_public
        assert make_renditions(image)
    page.reload()
    expect(page.get_by_text("Checked")).to_have_count(2)
    page.goto(MUG)
    expect(page.get_by_role("heading", name="Customers' photos")).to_have_count(0)
    decide(Review.objects.all(), Review.State.APPROVED, alice, timezone.now())
    page.reload()
    section = page.get_by_role("region", name="Customers' photos")
    expect(section.get_by_role("link", name="Enlarge: Photo by Alice")).to_have_count(2)
    expect(page.locator(".review").get_by_role("link", name="Enlarge: Photo by Alice")).to_have_count(2)
    section.get_by_role("link").first.click()
    if has_scripts:
        expect(page.get_by_role("dialog", name="Enlarged picture")).to_be_visible()
    else:
        assert "/renditions/" in page.url


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_refused_photo_says_why_and_may_be_appealed(
    visit: Visitor, alice: Customer, photo: Path, viewport: Any
) -> None:
    page = visit(f"{MUG}review/", viewport=viewport)
    write_review(page, photo)
    look_at_photos()
    refuse = Choice(VerdictState.REFUSED, "staff@example.com", Reason.QUALITY)
    decisions.decide([Verdict.objects.get().pk], refuse, timezone.now())
    page.goto("/account/reviews/")
    expect(page.get_by_text("Refused. This picture does not show the product well enough.")).to_be_visible()
    assert axe_violations(page) == []
    page.get_by_label("Why should we show it?").fill("It is my mug.")
    page.get_by_label("Why should we show it?").press("Enter")
    expect(page.get_by_text("You asked us to look again.")).to_be_visible()
    assert Verdict.objects.open().get().appeal == "It is my mug."
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Remove photo 1").check()
    page.get_by_role("button", name="Submit review").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, blue")
    assert not ProductImage.objects.filter(is_from_customer=True).exists()


def test_what_is_no_photo_is_refused_and_the_rest_is_saved(
    visit: Visitor, alice: Customer, photo: Path, tmp_path: Path, shop: dict[str, Product]
) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    page = visit(f"{MUG}review/", viewport=PHONE)
    write_review(page, photo, tmp_path / "notes.jpg")
    expect(page.get_by_text("Your review is saved, but not every photo.")).to_be_visible()
    expect(page.get_by_text("notes.jpg: The file is damaged or not a picture.")).to_be_visible()
    expect(page.get_by_label("Remove photo 1")).to_be_visible()
    expect(page.locator("textarea")).to_have_value("Holds tea.")
    assert axe_violations(page) == []
    page.get_by_label("Choose photos").set_input_files([photo] * 4)
    expect(page.get_by_text("A review has at most 4 photos. Choose fewer.")).to_be_visible()
