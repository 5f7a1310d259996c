"""Every page is accessible, does not scroll sideways or shift, and loads nothing from other hosts."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.journeys.conftest import DESKTOP, MISSING_PAGE, PHONE, Visitor

PAGES = [
    "/",
    "/products/",
    "/products/?colour=blue",
    "/products/halden-mug-blue/",
    "/search/?q=mug",
    "/search/?q=zeppelin",
    MISSING_PAGE,
    "/search/photo/",  # last, because show_results continues from here
]
SHIFT = """() => new Promise((done) => {
    let total = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { total += entry.value; }))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(total), 300);
})"""


def show_results(page: Page, photo: Path) -> None:
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect(page.locator("#results .card").first).to_be_visible()


def axe_violations(page: Page, **options: object) -> list[str]:
    """Return the serious and critical violations that axe finds."""
    found = Axe().run(page, options=options or None).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    return [f"{page.url} {each['id']}: {node['html'][:120]}" for each in serious for node in each["nodes"]]


@pytest.mark.parametrize(("theme", "rules"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})])
def test_every_page_is_accessible(visit: Visitor, photo: Path, theme: str, rules: dict[str, object]) -> None:
    page = visit("/", color_scheme=theme)
    found = []
    for address in PAGES:
        page.goto(address)
        found += axe_violations(page, **rules)
    show_results(page, photo)
    found += axe_violations(page, **rules)
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Filters", exact=True).click()
    assert not found + axe_violations(page, **rules)


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_shifts_or_scrolls_sideways(visit: Visitor, photo: Path, screen: ViewportSize) -> None:
    page = visit("/", viewport=screen)
    wide, shifts = [], {}
    for address in [*PAGES, "results"]:
        page.set_viewport_size(screen)
        if address == "results":
            show_results(page, photo)
        else:
            page.goto(address)
        if (shift := page.evaluate(SHIFT)) >= 0.02:
            shifts[address] = shift
        for width in (320, screen["width"], 1920):
            page.set_viewport_size({"width": width, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append((address, width))
    assert (wide, shifts) == ([], {})


def test_pages_load_nothing_from_other_hosts(visit: Visitor, photo: Path) -> None:
    page = visit("/", viewport=DESKTOP)
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    for address in PAGES:
        page.goto(address)
    show_results(page, photo)
    host = urlsplit(page.url).netloc
    assert len(urls) > len(PAGES)
    assert not [url for url in urls if urlsplit(url).netloc != host and not url.startswith(("data:", "blob:"))]


def test_images_have_size_and_alt_text(visit: Visitor) -> None:
    page = visit("/")
    for address in PAGES:
        page.goto(address)
        assert not page.locator("img:not([width]), img:not([height]), img:not([alt])").all()
