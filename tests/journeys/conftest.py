"""A real Chromium, a shop with a few products that the real network has looked at, and photos of them."""

import os
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from PIL import Image, ImageEnhance
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

from catalog.models import Product, ProductImage
from tests.factories import CategoryFactory, ImageFactory, ProductFactory, VariantFactory
from visualsearch import index
from visualsearch.networks import serving

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
PICTURES = settings.BASE_DIR / "demo" / "images"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
ROTATED = 6  # EXIF: the top of the picture is on its right


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Without it the tests are skipped; with REQUIRE_BROWSER=1 they fail."""
    if not Path(CHROMIUM).exists():
        reason = f"There is no Chromium at {CHROMIUM}: apt-get install chromium, or set CHROMIUM to its path."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser
        browser.close()


Visitor = Callable[..., Page]


NOWHERE = "/nothing-here/"


def is_complaint(said: ConsoleMessage, tolerated: str) -> bool:
    """An error or a warning; but browsers also report the status of a page that is meant to be an error.

    That is a 400, by which the shop refuses a filter or a photo, and the 404 of the address that leads nowhere.
    """
    meant = tolerated in said.text or said.location["url"].endswith(NOWHERE)
    return said.type in ("error", "warning") and not meant


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer, shop: dict[str, Product]) -> Iterator[Visitor]:
    """Opens an address of the shop in a browser of its own; at the end, the console must have stayed clean."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(address: str = "/", tolerate: str = "status of 400", **options: object) -> Page:
        context = browser.new_context(base_url=live_server.url, **{"viewport": DESKTOP, **options})  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said, tolerate) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address, wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def shop(transactional_db: None) -> dict[str, Product]:
    """Nine products by their slug, each with one real picture that the real network has looked at."""
    cache.clear()  # what other shops left there, such as their words
    kitchen, living = CategoryFactory(name="Kitchen"), CategoryFactory(name="Living")
    mugs = CategoryFactory(name="Mugs", parent=kitchen)
    vessels = CategoryFactory(name="Vessels", parent=kitchen)
    products = {
        "halden-mug-blue": _put_up("Halden mug, blue", mugs, "blue", "24.00", stock=2),
        "halden-mug-moss": _put_up("Halden mug, moss", mugs, "green", "24.00"),
        "coast-bottle-aqua": _put_up("Coast bottle, aqua", vessels, "green", "39.00"),
        "coast-bottle-amber": _put_up("Coast bottle, amber", vessels, "brown", "39.00", stock=0),
        "sol-tray-brass": _put_up("Sol tray, brass", vessels, "brown", "64.00", regular_price="79.00"),
        "delphi-vase-terracotta": _put_up("Delphi vase, terracotta", living, "brown", "89.00"),
        "gourd-lamp-blue": _put_up("Gourd lamp, blue", living, "blue", "129.00"),
        "gourd-lamp-green": _put_up("Gourd lamp, green", living, "green", "129.00"),
        "perch-stool-oak": _put_up("Perch stool, oak", living, "brown", "149.00"),
    }
    VariantFactory(product=products["halden-mug-blue"], sku="HM-L", options={"size": "large"}, price_amount="32.00")
    index.refresh(ProductImage.objects.values_list("pk", flat=True), serving.live())
    return products


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """The blue mug as a phone saw it: another side, another light, large, and lying on its side in the file."""
    with Image.open(PICTURES / "halden-mug-blue-2.jpg") as picture:
        seen = ImageEnhance.Brightness(picture.convert("RGB")).enhance(0.85).resize((1600, 1600))
    exif = Image.Exif()
    exif[0x0112] = ROTATED
    file = tmp_path / "IMG_2231.jpg"
    seen.rotate(90).save(file, "JPEG", quality=85, exif=exif)
    return file


@pytest.fixture
def sample_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that ships one photo to try."""
    shutil.copy(PICTURES / "delphi-vase-terracotta-2.jpg", tmp_path / "vase.jpg")
    (tmp_path / "truth.csv").write_text("photo,product,notes\nvase.jpg,delphi-vase-terracotta,sample\n")
    monkeypatch.setattr(settings, "SAMPLE_PHOTOS", tmp_path)


def png(file: Path) -> bytes:
    """The picture as a clipboard holds it."""
    data = BytesIO()
    with Image.open(file) as picture:
        picture.resize((200, 200)).save(data, "PNG")
    return data.getvalue()


def _put_up(title: str, category: object, colour: str, price: str, **more: object) -> Product:
    product = ProductFactory(
        title=title, category=category, price=price, attributes={"colour": colour.title()}, **more
    )
    ImageFactory(product=product, data=(PICTURES / f"{product.slug}-1.jpg").read_bytes(), alt=title)
    return product
