"""A customer browses lists, filters, keyword search and products."""

import re

from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from catalog.models import Product
from catalog.pictures.services import make_renditions
from catalog.search import count_words
from tests.factories import ImageFactory
from tests.journeys.conftest import PHONE, PICTURES, Visitor


def test_a_filter_updates_list_and_url_without_a_page_load(visit: Visitor) -> None:
    page = visit("/products/")
    page.evaluate("window.isSamePage = true")
    page.get_by_role("checkbox", name=re.compile("^Blue")).check()
    expect(page.locator("#results .card")).to_have_count(2)
    expect(page.get_by_role("checkbox", name=re.compile("^Blue"))).to_be_focused()
    assert page.url.endswith("/products/?colour=blue&sort=newest") or page.url.endswith("/products/?colour=blue")
    assert page.evaluate("window.isSamePage")
    page.get_by_role("link", name="Remove filter: Blue").click()
    expect(page.locator("#results .card")).to_have_count(9)
    page.go_back()
    expect(page.locator("#results .card")).to_have_count(2)


def test_filters_work_without_javascript(visit: Visitor) -> None:
    page = visit("/products/", java_script_enabled=False)
    page.get_by_role("checkbox", name=re.compile("^Green")).check()
    page.get_by_label("Sort by").select_option("-price")
    page.get_by_role("button", name="Show results").click()
    expect(page.locator("#results .card-title")).to_have_text(
        ["Gourd lamp, green", "Coast bottle, aqua", "Halden mug, moss"]
    )


def test_filters_open_as_a_sheet_on_phones(visit: Visitor) -> None:
    page = visit("/products/", viewport=PHONE)
    blue = page.get_by_role("checkbox", name=re.compile("^Blue"))
    expect(blue).to_be_hidden()
    page.get_by_role("button", name="Filters", exact=True).click()
    blue.check()
    page.get_by_role("button", name="Show results").click()
    expect(blue).to_be_hidden()
    expect(page.locator("#results .card")).to_have_count(2)


def test_an_invalid_price_range_shows_an_error(visit: Visitor) -> None:
    page = visit("/products/", java_script_enabled=False)
    page.get_by_label("From", exact=True).fill("90")
    page.get_by_label("To", exact=True).fill("10")
    page.get_by_role("button", name="Show results").click(no_wait_after=True)
    expect(page.get_by_role("alert")).to_contain_text("The minimum price is higher than the maximum price.")
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("#results .card")).to_have_count(9)


def test_a_misspelled_search_finds_products(visit: Visitor) -> None:
    count_words(timezone.now())
    page = visit("/")
    page.get_by_role("combobox", name="Search products").fill("bottel")
    page.keyboard.press("Enter")
    expect(page.locator("#results .card")).to_have_count(2)
    expect(page.get_by_text("Showing results for bottle")).to_be_visible()


def test_an_empty_result_links_to_the_photo_search(visit: Visitor) -> None:
    page = visit("/search/?q=zeppelin")
    page.locator("#results").get_by_role("link", name="Search by photo").click()
    expect(page.get_by_label("Choose a photo")).to_be_attached()


def test_a_product_shows_prices_stock_and_look_alikes(visit: Visitor) -> None:
    page = visit("/products/halden-mug-blue/")
    expect(page.get_by_text("Only 2 left")).to_be_visible()
    expect(page.get_by_role("list", name="Options")).to_contain_text("€32.00")
    similar = page.get_by_role("region", name="Looks alike", exact=True)
    expect(similar.locator(".card-title").first).to_have_text("Halden mug, moss")
    similar.get_by_role("link", name="Halden mug, moss").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, moss")


def test_viewed_products_come_back_with_reasons_until_they_are_cleared(visit: Visitor) -> None:
    page = visit("/products/halden-mug-blue/")
    expect(page.locator(".shelves-place")).to_have_count(0)  # the shelves have loaded, so the view is remembered
    expect(page.get_by_role("region", name="Recently viewed")).to_have_count(0)
    page.goto(page.url.replace("halden-mug-blue", "halden-mug-moss"))
    viewed = page.get_by_role("region", name="Recently viewed")
    expect(viewed.locator(".card-title")).to_have_text(["Halden mug, blue"])
    page.get_by_role("link", name="Semblance").first.click()
    expect(viewed.locator(".card-title")).to_have_text(["Halden mug, moss", "Halden mug, blue"])
    viewed.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Your recently viewed products were cleared.")).to_be_visible()
    expect(viewed).to_have_count(0)


def test_what_goes_well_is_a_page_of_its_own_without_javascript(visit: Visitor) -> None:
    page = visit("/products/halden-mug-blue/", java_script_enabled=False)
    page.get_by_role("link", name="What goes well with it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, blue")


def test_a_category_includes_its_subcategories(visit: Visitor) -> None:
    page = visit("/")
    page.get_by_role("navigation", name="Shop by category").get_by_role("link", name="Kitchen").click()
    expect(page.locator("#results .card")).to_have_count(5)
    page.get_by_role("navigation", name="Categories").get_by_role("link", name=re.compile("^Mugs")).click()
    expect(page.locator("#results .card")).to_have_count(2)


def test_every_page_links_to_the_photo_search(shop: object, client: Client) -> None:
    for address in ("/", "/products/", "/products/halden-mug-blue/", "/search/?q=mug", "/nothing-here/"):
        assert 'class="search-box-camera" href="/search/photo/"' in client.get(address).content.decode()


def test_a_filter_updates_the_category_counts(visit: Visitor) -> None:
    page = visit("/products/")
    categories = page.get_by_role("navigation", name="Categories")
    expect(categories.get_by_role("link")).to_have_text([re.compile("Kitchen.*5"), re.compile("Living.*4")])
    page.get_by_role("checkbox", name=re.compile("^Blue")).check()
    expect(categories.get_by_role("link")).to_have_text([re.compile("Kitchen.*1"), re.compile("Living.*1")])


def test_a_thumbnail_scrolls_to_its_picture(visit: Visitor, shop: dict[str, Product]) -> None:
    data = (PICTURES / "halden-mug-blue-2.jpg").read_bytes()
    ImageFactory(product=shop["halden-mug-blue"], data=data, alt="From above", position=1)
    page = visit("/products/halden-mug-blue/")
    page.get_by_role("link", name="Picture 2").click()
    expect(page.get_by_role("img", name="From above").first).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_role("link", name="Picture 2")).to_have_attribute("aria-current", "true")
    assert page.evaluate("scrollY") == 0


def test_a_picture_opens_in_a_dialog_and_zooms(visit: Visitor, shop: dict[str, Product]) -> None:
    make_renditions(shop["halden-mug-blue"].images.get())
    page = visit("/products/halden-mug-blue/")
    link = page.get_by_role("link", name="Enlarge: Halden mug, blue").first
    link.click()
    dialog = page.get_by_role("dialog", name="Enlarged picture")
    expect(dialog.locator("img")).to_have_js_property("complete", True)
    dialog.locator("img").click()
    viewport = dialog.locator(".zoom-viewport")
    assert viewport.evaluate("each => each.scrollWidth > 1.5 * each.clientWidth")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(link).to_be_focused()


def test_a_picture_opens_without_javascript(visit: Visitor, shop: dict[str, Product]) -> None:
    make_renditions(shop["halden-mug-blue"].images.get())
    page = visit("/products/halden-mug-blue/", java_script_enabled=False)
    page.get_by_role("link", name="Enlarge: Halden mug, blue").first.click()
    expect(page).to_have_url(re.compile(r"/media/renditions/.+\.jpg$"))


def test_two_wishes_at_once_are_sent_one_after_the_other(visit: Visitor) -> None:
    page = visit("/products/")
    events: list[str] = []
    page.on("request", lambda request: events.append("sent") if request.method == "POST" else None)
    page.on("response", lambda answer: events.append("answered") if answer.request.method == "POST" else None)
    page.evaluate("document.querySelectorAll('button.wish[name=add]').forEach((each, i) => i < 3 && each.click())")
    expect(page.locator("[data-wish-count]")).to_have_text("3")
    page.reload()
    expect(page.locator("[data-wish-count]")).to_have_text("3")
    assert events == ["sent", "answered"] * 3
