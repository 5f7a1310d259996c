"""The HTML report of evaluate_network, opened from disk."""

from io import StringIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, ViewportSize

from tests.journeys.conftest import DESKTOP, PHONE
from tests.visualsearch.pictures import folders_of_colours


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("measured")
    folders_of_colours(root / "data", 3)
    options = {"report": root / "report", "baselines": ["colour"], "threads": 1, "resamples": 20}
    call_command("evaluate_network", str(root / "data"), runtime="onnxruntime", stdout=StringIO(), **options)
    return root / "report" / "report.html"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_report_is_self_contained_and_accessible(browser: Browser, report: Path, size: ViewportSize) -> None:
    page = browser.new_page(viewport=size)
    requests: list[str] = []
    messages: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.goto(report.as_uri(), wait_until="load")
    assert [url for url in requests if not url.startswith("data:")] == [report.as_uri()]
    assert page.evaluate("getComputedStyle(document.querySelector('td')).borderBottomStyle") == "solid"
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 100)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wide tables scroll by themselves"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert messages == []
    page.close()
