"""What a new owner does in the first half hour, one function a step. Each takes the page of a logged-in owner."""

from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

PICTURES = settings.BASE_DIR / "demo" / "images"
IMPRINT = "# Who we are\n{address}\n\nEmail: {email}\nTelephone: {phone}\nVAT number: {tax number}"


def see_what_is_missing(page: Page) -> None:
    page.goto("/admin/opening/")
    page.get_by_text("The shop is still called Semblance.").wait_for()


def name_the_shop(page: Page) -> None:
    page.locator("#look").get_by_role("link", name="Shop settings").click()
    for label, value in (
        ("Name:", "Vesta"), ("Tagline:", "Mugs and lamps that last"), ("Main colour:", "#b8325e"),
        ("Background:", "#fff8f2"), ("Name and address of the seller:", "Vesta\n1 Long Street\n24103 Kiel"),
        ("VAT or tax number:", "DE123456789"), ("Email for customers:", "hello@vesta.example"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#look.opening-done").wait_for()


def confirm_the_rest(page: Page) -> None:
    for step in ("currency", "delivery", "taxes"):
        page.locator(f"#{step}").get_by_role("button", name="This is right").click()
        page.locator(f"#{step}.opening-done").wait_for()


def publish_the_imprint(page: Page) -> None:
    page.locator("#pages").get_by_role("link", name="Pages of text").click()
    page.get_by_role("link", name="Imprint", exact=True).click()
    page.get_by_label("Text:").fill(IMPRINT)
    page.get_by_label("Published").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/pages/imprint/")
    page.get_by_text("24103 Kiel").wait_for()


def add_a_product(page: Page) -> None:
    page.goto("/admin/catalog/category/add/")
    page.locator("[name=name]").fill("Mugs")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/opening/")
    page.locator("#products").get_by_role("link", name="Add a product").click()
    for name, value in (
        ("title", "Halden mug, blue"), ("variants-0-sku", "HM-1"), ("variants-0-price_amount", "24"),
        ("variants-0-on_hand", "5"),
    ):  # fmt: skip
        page.locator(f"[name={name}]").fill(value)
    page.locator(".field-category .select2-selection").click()
    page.get_by_role("option", name="Mugs").click()
    page.locator("[name=status]").select_option("published")
    page.locator("[name=images-0-file]").set_input_files(PICTURES / "halden-mug-blue-1.jpg")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was added successfully").wait_for()


def place_a_test_order(page: Page) -> None:
    page.goto("/products/")
    page.locator("main .card-link").first.click()
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to checkout").click()
    for name, value in (
        ("email", "alice@example.com"), ("delivery-name", "Alice Example"), ("delivery-line1", "1 Long Street"),
        ("delivery-postal_code", "10115"), ("delivery-city", "Berlin"),
    ):  # fmt: skip
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=delivery-country]").select_option("DE")
    page.get_by_role("button", name="Order with obligation to pay").click()
    page.get_by_text("Your order is paid").wait_for()


def find_it_by_photo(page: Page, photo: Path | None = None) -> None:
    page.goto("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files(photo or PICTURES / "halden-mug-blue-2.jpg")
    page.locator("#results .card-link", has_text="Halden mug, blue").first.wait_for()


def see_what_is_done(page: Page) -> None:
    page.goto("/admin/opening/")
    page.locator("#photo.opening-done").wait_for()


STEPS = [
    see_what_is_missing, name_the_shop, confirm_the_rest, publish_the_imprint, add_a_product, place_a_test_order,
    find_it_by_photo, see_what_is_done,
]  # fmt: skip
