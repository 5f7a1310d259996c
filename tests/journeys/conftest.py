"""A real Chromium, a shop of a few products embedded by the real network, and photos of them."""

import os
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from PIL import Image, ImageEnhance, ImageOps
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

from catalog.models import Product, ProductImage
from tests.factories import CategoryFactory, ImageFactory, ProductFactory, VariantFactory
from visualsearch import index
from visualsearch.networks import serving

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs its event loop in this thread

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
PICTURES = settings.BASE_DIR / "demo" / "images"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
ROTATED = 6  # EXIF orientation: rotate by 90 degrees clockwise to view


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Launch Chromium. Without one, skip the test, or fail it if REQUIRE_BROWSER=1."""
    if not Path(CHROMIUM).exists():
        reason = f"Chromium was not found at {CHROMIUM}. Install it, or set CHROMIUM to its path."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


Visitor = Callable[..., Page]
MISSING_PAGE = "/nothing-here/"


def is_unexpected(message: ConsoleMessage, tolerated: str) -> bool:
    """Return True for an error or warning, unless it reports a status that the test expects.

    Browsers log every 4xx response: the 400 of a refused filter or photo, and the 404 of MISSING_PAGE.
    """
    is_expected = tolerated in message.text or message.location["url"].endswith(MISSING_PAGE)
    return message.type in ("error", "warning") and not is_expected


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer, shop: dict[str, Product]) -> Iterator[Visitor]:
    """Open a page of the shop in a new browser context. At the end, the console must be clean."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(address: str = "/", tolerate: str = "status of 400", **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **{"viewport": DESKTOP, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if is_unexpected(message, tolerate) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address, wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def shop(transactional_db: None) -> dict[str, Product]:
    """Create nine products, each with one picture embedded by the real network; return them by slug."""
    cache.clear()  # entries of earlier tests, such as their vocabulary
    kitchen, living = CategoryFactory(name="Kitchen"), CategoryFactory(name="Living")
    mugs = CategoryFactory(name="Mugs", parent=kitchen)
    vessels = CategoryFactory(name="Vessels", parent=kitchen)
    products = {
        "halden-mug-blue": _create_product("Halden mug, blue", mugs, "blue", "24.00", stock=2),
        "halden-mug-moss": _create_product("Halden mug, moss", mugs, "green", "24.00"),
        "coast-bottle-aqua": _create_product("Coast bottle, aqua", vessels, "green", "39.00"),
        "coast-bottle-amber": _create_product("Coast bottle, amber", vessels, "brown", "39.00", stock=0),
        "sol-tray-brass": _create_product("Sol tray, brass", vessels, "brown", "64.00", regular_price="79.00"),
        "delphi-vase-terracotta": _create_product("Delphi vase, terracotta", living, "brown", "89.00"),
        "gourd-lamp-blue": _create_product("Gourd lamp, blue", living, "blue", "129.00"),
        "gourd-lamp-green": _create_product("Gourd lamp, green", living, "green", "129.00"),
        "perch-stool-oak": _create_product("Perch stool, oak", living, "brown", "149.00"),
    }
    VariantFactory(product=products["halden-mug-blue"], sku="HM-L", options={"size": "large"}, price_amount="32.00")
    index.refresh(ProductImage.objects.values_list("pk", flat=True), serving.live())
    return products


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A large photo of the blue mug from another side, darker, and rotated by EXIF as phones store it."""
    with Image.open(PICTURES / "halden-mug-blue-2.jpg") as picture:
        dark = ImageEnhance.Brightness(picture.convert("RGB")).enhance(0.85).resize((1600, 1600))
    exif = Image.Exif()
    exif[0x0112] = ROTATED
    file = tmp_path / "IMG_2231.jpg"
    dark.rotate(90).save(file, "JPEG", quality=85, exif=exif)
    return file


@pytest.fixture
def sample_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer one sample photo."""
    shutil.copy(PICTURES / "delphi-vase-terracotta-2.jpg", tmp_path / "vase.jpg")
    (tmp_path / "truth.csv").write_text("photo,product,notes\nvase.jpg,delphi-vase-terracotta,sample\n")
    monkeypatch.setattr(settings, "SAMPLE_PHOTOS", tmp_path)


def png(file: Path) -> bytes:
    """Return the upright picture as PNG, as a clipboard holds it."""
    data = BytesIO()
    with Image.open(file) as picture:
        ImageOps.exif_transpose(picture).resize((200, 200)).save(data, "PNG")
    return data.getvalue()


def _create_product(title: str, category: object, colour: str, price: str, **more: object) -> Product:
    product = ProductFactory(
        title=title, category=category, price=price, attributes={"colour": colour.title()}, **more
    )
    ImageFactory(product=product, data=(PICTURES / f"{product.slug}-1.jpg").read_bytes(), alt=title)
    return product
