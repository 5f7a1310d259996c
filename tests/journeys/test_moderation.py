"""Staff look at pictures: refuse by a key, see it gone, undo, appeal; without scripts, too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from catalog.models import Product, ProductImage
from shop.accounts.models import Customer
from tests.journeys.conftest import DESKTOP, PHONE, Visitor
from tests.journeys.test_quality import axe_violations
from visualsearch.models import Verdict

LIST = "/admin/visualsearch/verdict/"
WAITING = ["halden-mug-blue", "coast-bottle-aqua", "gourd-lamp-blue"]


@pytest.fixture
def staff(visit: Visitor, shop: dict[str, Product], settings: Any) -> Callable[..., Page]:
    """Return a function that opens a page as a member of staff, in a shop where three pictures wait."""
    settings.MODERATION = "hold"
    images = {slug: product.images.get() for slug, product in shop.items()}
    now, other = timezone.now(), images["halden-mug-moss"]
    for number, slug in enumerate(WAITING):
        image = images[slug]
        ProductImage.objects.filter(pk=image.pk).update(is_public=False)
        evidence = {"image": other.pk, "product": other.product_id, "likeness": 0.91, "box": [0.2, 0.2, 0.5, 0.6]}
        findings = [
            {"check": "copy", "code": "same_picture", "score": 0.91, "evidence": evidence},
            {"check": "quality", "code": "text_over_it", "score": 0.34, "evidence": {}},
        ]
        Verdict.objects.create(
            image=image, image_sha256=image.sha256, state="look", reason="copy", findings=findings, rules=1,
            checked_at=now - timedelta(hours=3 - number),
        )  # fmt: skip
    client = Client()
    client.force_login(Customer.objects.create_superuser("alice@example.com", "a long passphrase"))

    def open_page(address: str, **options: Any) -> Page:
        page = visit("/", **options)
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": page.url}])
        page.goto(address)
        return page

    return open_page


def shown_pictures(page: Page, slug: str) -> int:
    """Return how many pictures a customer sees on the page of a product."""
    page.goto(f"/products/{slug}/")
    return page.locator(".gallery-row .gallery-picture").count()


def test_a_picture_is_refused_by_a_key_and_brought_back(staff: Callable[..., Page], visit: Visitor) -> None:
    page, customer = staff(LIST), visit("/")
    expect(page.get_by_text("3 pictures wait for a look.")).to_be_visible()
    page.get_by_role("link", name="Look at them one by one").click()
    expect(page.get_by_role("heading", name="Halden mug, blue")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("Halden mug, blue: allowed.")).to_be_visible()
    assert shown_pictures(customer, "halden-mug-blue") == 1

    expect(page.get_by_role("heading", name="Coast bottle, aqua")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="Gourd lamp, blue")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Coast bottle, aqua")).to_be_visible()
    page.keyboard.press("4")
    expect(page.get_by_role("radio", name="Not fit to sell with")).to_be_checked()
    page.get_by_label("Note for the person").fill("Rather without the sticker.")  # no shortcut
    page.get_by_role("radio", name="Not fit to sell with").focus()
    page.keyboard.press("r")
    expect(page.get_by_text("Coast bottle, aqua: refused.")).to_be_visible()
    assert shown_pictures(customer, "coast-bottle-aqua") == 0

    page.keyboard.press("u")
    expect(page.get_by_text("Undone. The picture is as before: needs a look.")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("Coast bottle, aqua: allowed.")).to_be_visible()
    assert shown_pictures(customer, "coast-bottle-aqua") == 1


def test_shortcuts_can_be_turned_off(staff: Callable[..., Page]) -> None:
    page = staff(LIST)
    page.get_by_role("link", name="Look at them one by one").click()
    page.get_by_label("Shortcut keys").uncheck()
    page.keyboard.press("r")
    page.reload()
    expect(page.get_by_label("Shortcut keys")).not_to_be_checked()
    page.keyboard.press("r")
    expect(page.get_by_role("heading", name="Halden mug, blue")).to_be_visible()
    assert not Verdict.objects.filter(state="refused").exists()


def test_a_refusal_is_appealed_without_scripts(staff: Callable[..., Page], shop: dict[str, Product]) -> None:
    page = staff(LIST, java_script_enabled=False)
    page.get_by_role("link", name="Look at them one by one").click()
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_text("Halden mug, blue: refused.")).to_be_visible()
    page.goto(f"/admin/catalog/product/{shop['halden-mug-blue'].pk}/change/")
    expect(page.get_by_text("This is a picture of another product. Upload a picture of this one.")).to_be_visible()
    page.get_by_text("Appeal", exact=True).click()
    page.get_by_label("Why should customers see it?").fill("Both colours share it.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("We will look at the picture again.")).to_be_visible()
    page.goto(f"{LIST}?show=appeals")
    expect(page.get_by_text("Both colours share it.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_are_accessible(staff: Callable[..., Page], screen: ViewportSize, theme: str) -> None:
    page = staff(LIST, viewport=screen, color_scheme=theme)
    verdict = Verdict.objects.order_by("pk").first()
    assert verdict is not None
    other = verdict.findings[0]["evidence"]["image"]
    found = []
    for address in (LIST, f"{LIST}{verdict.pk}/change/", f"{LIST}{verdict.pk}/change/?alike={other}"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        found += [each for each in axe_violations(page, preload=False) if "Show all" not in each]  # Django's link
    address = f"/admin/catalog/product/{verdict.image.product_id}/change/"
    # Django's widgets set styles in scripts.
    page = staff(address, viewport=screen, color_scheme=theme, tolerate="Applying inline style")
    found += [each for each in axe_violations(page, preload=False) if "/verdict/" in each]
    assert not found
