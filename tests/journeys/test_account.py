"""Customer accounts: sign-up, login, passwords, two-factor authentication, addresses, wishlist and reviews."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from playwright.sync_api import Page, ViewportSize, expect

from catalog.models import Variant
from shop.accounts.models import Customer
from shop.reviews.models import Review
from tests.conftest import PASSWORD
from tests.journeys.conftest import DESKTOP, PHONE, Visitor
from tests.journeys.test_quality import axe_violations
from tests.purchases import buy, cart_of, deliver_to

ACCOUNT = ["/account/", "/account/addresses/", "/account/addresses/new/", "/account/name/", "/account/data/",
           "/account/email/", "/account/password/change/", "/account/2fa/", "/account/reviews/", "/wishlist/",
           "/products/halden-mug-blue/review/", "/products/halden-mug-blue/reviews/"]  # fmt: skip
LOGIN_PAGES = ["/account/login/", "/account/signup/", "/account/password/reset/", "/account/password/reset/done/"]


@pytest.fixture(autouse=True)
def _mails(settings: Any, tmp_path: Path, tasks_at_once: None) -> None:
    """Write mail to files, and reset the throttles."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    cache.clear()


def mailed_link(settings: Any) -> str:
    """Return the path of the link in the newest mail."""
    newest = max(settings.EMAIL_FILE_PATH.iterdir(), key=lambda file: file.stat().st_mtime_ns)
    found = re.search(r"^https?://[^/\s]+(/account/\S+)$", newest.read_text(), re.MULTILINE)
    assert found, newest.read_text()
    return found[1]


def log_in(page: Page, email: str = "alice@example.com", password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.locator("main").get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_customer_signs_up_and_returns_to_the_product(visit: Visitor, settings: Any, has_scripts: bool) -> None:
    page = visit("/products/halden-mug-blue/", viewport=PHONE, java_script_enabled=has_scripts)
    page.get_by_role("button", name="Add to wishlist Halden mug, blue").click()
    expect(page.get_by_role("button", name="Remove from wishlist Halden mug, blue")).to_be_visible()
    page.get_by_role("link", name="Log in").click()
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill("Alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    page.goto(mailed_link(settings))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, blue")
    expect(page.get_by_role("button", name="Remove from wishlist Halden mug, blue")).to_be_visible()
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_a_customer_resets_their_password(visit: Visitor, settings: Any, alice: Customer) -> None:
    page = visit("/account/login/")
    log_in(page, password="not quite")
    expect(page.get_by_role("alert")).to_contain_text("not correct")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(alice.email)
    page.get_by_role("button", name="Send link").click()
    page.goto(mailed_link(settings))
    for field in page.locator("input[type=password]").all():
        field.fill("an even longer passphrase")
    page.get_by_role("button", name="Save password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Password changed")
    page.locator("main").get_by_role("link", name="Log in").click()
    log_in(page, password="an even longer passphrase")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_a_customer_sets_up_two_factor_authentication(visit: Visitor, alice: Customer) -> None:
    page = visit("/account/login/?next=/account/2fa/")
    log_in(page)
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("img", name=re.compile("authenticator app"))).to_be_visible()
    assert axe_violations(page) == []
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Authenticator code").fill(code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    saved = page.locator(".codes li").first.inner_text()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Log out").click()
    page.goto("/account/login/")
    log_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-factor authentication")
    assert axe_violations(page) == []
    page.locator("input[name=code]").fill(saved)
    page.locator("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def code(secret: str) -> str:
    """Return the current code. Near the end of its 30 seconds, wait for the next one."""
    if time.time() % 30 > 25:
        time.sleep(6)
    code: str = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    return code


def test_a_customer_saves_an_address_without_javascript(visit: Visitor, alice: Customer) -> None:
    page = visit("/account/addresses/new/", java_script_enabled=False, viewport=PHONE)
    log_in(page)
    for label, value in {"Street and number": "Lindenweg 4", "Postal code": "1011", "City": "Berlin"}.items():
        page.get_by_label(label).fill(value)
    page.get_by_label("Country").select_option(label="Germany")
    page.get_by_role("button", name="Save address").click(no_wait_after=True)
    expect(page.get_by_text("A postal code in Germany looks like")).to_be_visible()
    page.get_by_label("Postal code").fill("10115")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_text("Lindenweg 4").first).to_be_visible()
    expect(page.get_by_text("Default delivery address")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Delete")).click()
    expect(page.get_by_text("The address has been deleted.")).to_be_visible()


def test_a_wishlist_is_filled_shared_and_made_private_again(visit: Visitor, alice: Customer) -> None:
    page = visit("/account/login/?next=/products/")
    log_in(page)
    page.evaluate("window.isSamePage = true")
    page.get_by_role("button", name="Add to wishlist Gourd lamp, blue").click()
    expect(page.get_by_role("button", name="Remove from wishlist Gourd lamp, blue")).to_be_visible()
    expect(page.locator("[data-wish-count]")).to_have_text("1")
    assert page.evaluate("window.isSamePage")
    page.get_by_role("link", name="Wishlist").click()
    page.get_by_role("button", name="Create link").click()
    address = page.locator("a.secret").get_attribute("href") or ""
    friend = visit(address)
    expect(friend.locator(".card-title")).to_have_text("Gourd lamp, blue")
    assert axe_violations(friend) == []
    page.get_by_role("button", name="Delete link").click()
    expect(page.get_by_text("Your wishlist is private again.")).to_be_visible()


def test_a_review_is_shown_once_approved(visit: Visitor, alice: Customer) -> None:
    deliver_to("DE")
    buy(cart_of(Variant.objects.get(sku="HM-L")), customer=alice)
    page = visit("/products/halden-mug-blue/", viewport=PHONE)
    page.get_by_role("link", name="Write a review").click()
    log_in(page)
    page.get_by_label("4 stars: good").check()
    page.get_by_label("Title").fill("A good mug")
    page.get_by_role("textbox", name="Review").fill("It holds <b>tea</b>.")
    page.get_by_role("button", name="Submit review").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    expect(page.get_by_text("A good mug")).to_have_count(0)
    Review.objects.update(state=Review.State.APPROVED)
    page.reload()
    expect(page.get_by_text("It holds <b>tea</b>.")).to_be_visible()
    expect(page.get_by_role("img", name="4.00 of 5 stars in 1 review").first).to_be_visible()


@pytest.mark.parametrize(
    ("theme", "rules", "screen"),
    [("light", {}, DESKTOP), ("dark", {"runOnly": ["color-contrast"]}, PHONE)],
    ids=["light", "dark"],
)
def test_every_account_page_is_accessible(
    visit: Visitor, alice: Customer, shop: dict[str, Any], theme: str, rules: dict[str, object], screen: ViewportSize
) -> None:
    product, now = shop["halden-mug-blue"], "2026-05-04T12:00Z"
    deliver_to("DE")
    buy(cart_of(Variant.objects.get(sku="HM-L")), customer=alice)
    Review.objects.create(customer=alice, product=product, author="Alice", rating=3, title="All right", text="Tea.",
                          state="approved", is_verified_purchase=True, created_at=now, changed_at=now)  # fmt: skip
    page = visit("/account/login/", color_scheme=theme, viewport=screen)
    found, wide = [], []
    for address in [*LOGIN_PAGES, None, *ACCOUNT]:
        if address is None:
            page.goto("/account/login/")
            log_in(page)
            expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
            continue
        page.goto(address)
        found += axe_violations(page, **rules)
        for width in (320, screen["width"]):
            page.set_viewport_size({"width": width, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append((address, width))
    page.goto("/account/addresses/new/")
    page.get_by_label("City").fill("Berlin")
    page.locator("form.form").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name="Save address").click(no_wait_after=True)
    expect(page.get_by_role("alert")).to_be_visible()
    assert (found + axe_violations(page, **rules), wide) == ([], [])
