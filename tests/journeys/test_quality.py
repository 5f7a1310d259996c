"""Every page: open to everybody, no sideways scroll, nothing that jumps, nothing from elsewhere."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.journeys.conftest import DESKTOP, NOWHERE, PHONE, Visitor

PAGES = [
    "/",
    "/products/",
    "/products/?colour=blue",
    "/products/halden-mug-blue/",
    "/search/?q=mug",
    "/search/?q=zeppelin",
    NOWHERE,
    "/search/photo/",  # last: the results are asked for from here
]
SHIFT = """() => new Promise((done) => {
    let total = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { total += entry.value; }))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(total), 300);
})"""


def results(page: Page, photo: Path) -> None:
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect(page.locator("#results .card").first).to_be_visible()


def faults(page: Page, **options: object) -> list[str]:
    found = Axe().run(page, options=options or None).response["violations"]
    grave = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    return [f"{page.url} {fault['id']}: {node['html'][:120]}" for fault in grave for node in fault["nodes"]]


@pytest.mark.parametrize(("theme", "rules"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})])
def test_no_page_shuts_anybody_out(visit: Visitor, photo: Path, theme: str, rules: dict[str, object]) -> None:
    page = visit("/", color_scheme=theme)
    found = []
    for address in PAGES:
        page.goto(address)
        found += faults(page, **rules)
    results(page, photo)
    found += faults(page, **rules)
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Filter", exact=True).click()
    assert not found + faults(page, **rules)


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_jumps_or_scrolls_sideways(visit: Visitor, photo: Path, screen: ViewportSize) -> None:
    page = visit("/", viewport=screen)
    wide, jumpy = [], {}
    for address in [*PAGES, "results"]:
        page.set_viewport_size(screen)
        if address == "results":
            results(page, photo)
        else:
            page.goto(address)
        if (shift := page.evaluate(SHIFT)) >= 0.02:
            jumpy[address] = shift
        for width in (320, screen["width"], 1920):
            page.set_viewport_size({"width": width, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append((address, width))
    assert (wide, jumpy) == ([], {})


def test_pages_load_nothing_from_elsewhere(visit: Visitor, photo: Path) -> None:
    page = visit("/", viewport=DESKTOP)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for address in PAGES:
        page.goto(address)
    results(page, photo)
    home = urlsplit(page.url).netloc
    assert len(asked) > len(PAGES)
    assert not [url for url in asked if urlsplit(url).netloc != home and not url.startswith(("data:", "blob:"))]


def test_pictures_keep_their_place_before_they_load(visit: Visitor) -> None:
    page = visit("/")
    for address in PAGES:
        page.goto(address)
        assert not page.locator("img:not([width]), img:not([height]), img:not([alt])").all()
