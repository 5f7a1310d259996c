"""A customer looks around: lists, filters, words, products and what looks like them."""

import re

from django.test import Client
from playwright.sync_api import expect

from catalog.models import Product
from tests.factories import ImageFactory
from tests.journeys.conftest import PHONE, PICTURES, Visitor


def test_a_filter_changes_the_list_and_the_address_without_a_new_page(visit: Visitor) -> None:
    page = visit("/products/")
    page.evaluate("window.isSamePage = true")
    page.get_by_role("checkbox", name=re.compile("^Blue")).check()
    expect(page.locator("#results .card")).to_have_count(2)
    expect(page.get_by_role("checkbox", name=re.compile("^Blue"))).to_be_focused()
    assert page.url.endswith("/products/?colour=blue&sort=newest") or page.url.endswith("/products/?colour=blue")
    assert page.evaluate("window.isSamePage")
    page.get_by_role("link", name="Take away: Blue").click()
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


def test_filters_are_a_sheet_on_a_phone(visit: Visitor) -> None:
    page = visit("/products/", viewport=PHONE)
    blue = page.get_by_role("checkbox", name=re.compile("^Blue"))
    expect(blue).to_be_hidden()
    page.get_by_role("button", name="Filter", exact=True).click()
    blue.check()
    page.get_by_role("button", name="Show results").click()
    expect(blue).to_be_hidden()
    expect(page.locator("#results .card")).to_have_count(2)


def test_a_filter_that_makes_no_sense_says_so(visit: Visitor) -> None:
    page = visit("/products/", java_script_enabled=False)
    page.get_by_label("from").fill("90")
    page.get_by_label("to", exact=True).fill("10")
    page.get_by_role("button", name="Show results").click(no_wait_after=True)
    expect(page.get_by_role("alert")).to_contain_text("The minimum price is higher than the maximum price.")
    page.get_by_role("link", name="Start again without filters").click()
    expect(page.locator("#results .card")).to_have_count(9)


def test_words_find_a_product_although_they_are_misspelled(visit: Visitor) -> None:
    page = visit("/")
    page.get_by_role("combobox", name="Search for products").fill("bottel")
    page.keyboard.press("Enter")
    expect(page.locator("#results .card")).to_have_count(2)
    expect(page.get_by_text("this is what we found for bottle")).to_be_visible()


def test_nothing_found_leads_on_to_the_photo_search(visit: Visitor) -> None:
    page = visit("/search/?q=zeppelin")
    page.locator("#results").get_by_role("link", name="Search by photo").click()
    expect(page.get_by_label("Choose a photo")).to_be_attached()


def test_a_product_shows_prices_stock_and_what_looks_like_it(visit: Visitor) -> None:
    page = visit("/products/halden-mug-blue/")
    expect(page.get_by_text("Only 2 left")).to_be_visible()
    expect(page.get_by_role("list", name="Versions")).to_contain_text("€32.00")
    alike = page.get_by_role("region", name="Looks alike")
    expect(alike.locator(".card-title").first).to_have_text("Halden mug, moss")
    alike.get_by_role("link", name="Halden mug, moss").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, moss")


def test_a_category_shows_what_is_below_it(visit: Visitor) -> None:
    page = visit("/")
    page.get_by_role("navigation", name="What we sell").get_by_role("link", name="Kitchen").click()
    expect(page.locator("#results .card")).to_have_count(5)
    page.get_by_role("navigation", name="Categories").get_by_role("link", name=re.compile("^Mugs")).click()
    expect(page.locator("#results .card")).to_have_count(2)


def test_the_camera_is_one_tap_away_on_every_page(shop: object, client: Client) -> None:
    for address in ("/", "/products/", "/products/halden-mug-blue/", "/search/?q=mug", "/nothing-here/"):
        assert 'class="search-box-camera" href="/search/photo/"' in client.get(address).content.decode()


def test_a_filter_counts_the_categories_anew(visit: Visitor) -> None:
    page = visit("/products/")
    categories = page.get_by_role("navigation", name="Categories")
    expect(categories.get_by_role("link")).to_have_text([re.compile("Kitchen.*5"), re.compile("Living.*4")])
    page.get_by_role("checkbox", name=re.compile("^Blue")).check()
    expect(categories.get_by_role("link")).to_have_text([re.compile("Kitchen.*1"), re.compile("Living.*1")])


def test_the_pictures_of_a_product_can_be_leafed_through(visit: Visitor, shop: dict[str, Product]) -> None:
    data = (PICTURES / "halden-mug-blue-2.jpg").read_bytes()
    ImageFactory(product=shop["halden-mug-blue"], data=data, alt="From above", position=1)
    page = visit("/products/halden-mug-blue/")
    page.get_by_role("link", name="Picture 2").click()
    expect(page.get_by_role("img", name="From above").first).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_role("link", name="Picture 2")).to_have_attribute("aria-current", "true")
    assert page.evaluate("scrollY") == 0


def test_words_are_completed_while_they_are_typed(visit: Visitor) -> None:
    page = visit("/")
    page.get_by_role("combobox", name="Search for products").press_sequentially("lam")
    expect(page.locator("#suggestions option")).to_have_count(2)
    titles = [option.get_attribute("value") or "" for option in page.locator("#suggestions option").all()]
    assert sorted(titles) == ["Gourd lamp, blue", "Gourd lamp, green"]
    page.get_by_role("combobox", name="Search for products").fill("Gourd lamp, green")  # as choosing it does
    expect(page.get_by_role("heading", level=1)).to_have_text("Gourd lamp, green")


def test_a_picture_opens_over_the_page_and_comes_nearer(visit: Visitor) -> None:
    page = visit("/products/halden-mug-blue/")
    link = page.get_by_role("link", name="Enlarge: Halden mug, blue").first
    link.click()
    view = page.get_by_role("dialog", name="Enlarged picture")
    expect(view.locator("img")).to_have_js_property("complete", True)
    view.locator("img").click()
    room = view.locator(".zoom-room")
    assert room.evaluate("room => room.scrollWidth > 1.5 * room.clientWidth")
    page.keyboard.press("Escape")
    expect(view).not_to_be_visible()
    expect(link).to_be_focused()


def test_a_picture_opens_without_javascript(visit: Visitor) -> None:
    page = visit("/products/halden-mug-blue/", java_script_enabled=False)
    page.get_by_role("link", name="Enlarge: Halden mug, blue").first.click()
    expect(page).to_have_url(re.compile(r"/media/products/.+\.jpg$"))
