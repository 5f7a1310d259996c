"""The photo stays on the device: the browser computes the same vector as the server."""

import base64
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.signals import request_started
from PIL import Image
from playwright.sync_api import Locator, Page, Request, Route, expect

from catalog.models import ProductImage
from tests.journeys.conftest import PICTURES, Visitor
from tests.visualsearch.other_networks import make_network
from visualsearch import index
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.models import Network
from visualsearch.networks import inventory, loading, serving, swap

PHOTOS = settings.BASE_DIR / "demo" / "photos"
SWITCH = "Keep my photo on this device"
COMPUTE_VECTOR = """async ([name, data, region]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const { computeVectors } = await import("/static/js/private.js");
    return (await computeVectors([new File([bytes], name)], region)).vector;
}"""
MIN_COSINE = 0.999
TIMEOUT = 120_000  # milliseconds; a busy machine compiles and loads slowly


@pytest.fixture
def other(tmp_path: Path) -> Network:
    """Add a second network. It turns the vectors of the first, so it finds the same."""
    serving.live()
    return inventory.add(str(make_network(tmp_path / "other", 300)))


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def photo_of(name: str, size: tuple[int, int] | None = None) -> Image.Image:
    with Image.open(PHOTOS / name) as opened:
        return opened.convert("RGB").resize(size or opened.size, Image.Resampling.LANCZOS)


def rotated(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(photo_of("02.jpg", (1500, 1100)), "JPEG", quality=90, exif=exif)


def transparent() -> bytes:
    with Image.open(PICTURES / "halden-mug-blue-1.jpg") as opened:
        picture = opened.convert("RGBA")
    edge = Image.linear_gradient("L").resize(picture.size)
    picture.putalpha(edge)
    return encode(picture, "PNG")


def sample_pictures() -> dict[str, tuple[bytes, Region]]:
    """Return pictures of every kind with the region to embed: rotated, transparent, huge, tiny, long and cropped."""
    names = ["01.jpg", "03.jpg", "07.jpg", "12.jpg", "25.jpg", "60.jpg"]
    pictures = {f"demo {name}": ((PHOTOS / name).read_bytes(), WHOLE) for name in names}
    pictures |= {f"EXIF {each}": (rotated(each), WHOLE) for each in (2, 3, 6, 7, 8)}
    large = encode(photo_of("05.jpg", (7000, 5000)), "JPEG", quality=90)
    phone = encode(photo_of("05.jpg", (4032, 3024)), "JPEG", quality=92)
    pictures |= {
        "transparent PNG": (transparent(), WHOLE),
        "palette PNG": (encode(photo_of("08.jpg").convert("P"), "PNG"), WHOLE),
        "large PNG": (encode(photo_of("09.jpg", (3000, 2300)), "PNG", compress_level=1), WHOLE),
        "35 megapixels": (large, WHOLE),
        "phone photo": (phone, WHOLE),
        "grey JPEG": (encode(photo_of("10.jpg").convert("L"), "JPEG"), WHOLE),
        "WebP": (encode(photo_of("11.jpg"), "WEBP", quality=85), WHOLE),
        "tall": (encode(photo_of("13.jpg", (400, 2600)), "JPEG", quality=90), WHOLE),
        "tiny": (encode(photo_of("14.jpg", (40, 30)), "PNG"), WHOLE),
        "part of a phone photo": (phone, Region(0.31, 0.22, 0.4, 0.55)),
        "small part of a large photo": (large, Region(0.4, 0.45, 0.12, 0.07)),
        "long part": (encode(photo_of("15.jpg"), "PNG"), Region(0.1, 0.4, 0.8, 0.15)),
        "part of a rotated photo": (rotated(6), Region(0.2, 0.1, 0.5, 0.5)),
    }
    return pictures


def test_browser_and_server_compute_the_same_vector(visit: Visitor) -> None:
    page = visit("/search/photo/")
    pictures = sample_pictures()
    expected = loading.embedder(serving.live()).embed(
        [data for data, _ in pictures.values()], [part for _, part in pictures.values()]
    )
    cosines = {}
    for (name, (data, part)), vector in zip(pictures.items(), expected, strict=True):
        region = None if part == WHOLE else list(part)
        actual = page.evaluate(COMPUTE_VECTOR, [name, base64.b64encode(data).decode(), region])
        cosines[name] = float(vector @ np.frombuffer(base64.b64decode(actual), dtype="<f4"))
    assert not {name: cosine for name, cosine in cosines.items() if cosine < MIN_COSINE}


@pytest.fixture
def received() -> Iterator[list[tuple[str, str, int]]]:
    """Record method, path and body size of every request that reaches the server."""
    requests: list[tuple[str, str, int]] = []

    def record(environ: dict[str, str], **_: Any) -> None:
        requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], int(environ.get("CONTENT_LENGTH") or 0)))

    request_started.connect(record, weak=False)
    yield requests
    request_started.disconnect(record)


def switch_message(page: Page) -> Locator:
    return page.locator("[data-private-message]")


def turn_on(page: Page) -> None:
    page.get_by_role("switch", name=SWITCH).check()
    expect(switch_message(page)).to_have_text("Ready", timeout=TIMEOUT)


def expect_results(page: Page, first: str = "Halden mug, blue") -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for your photo", timeout=TIMEOUT)
    expect(page.locator("#results .card-title").first).to_have_text(first)
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()


def test_the_photo_never_leaves_the_page(visit: Visitor, photo: Path, received: list[tuple[str, str, int]]) -> None:
    page = visit("/search/photo/")
    requests: list[Request] = []
    page.context.on("request", lambda request: requests.append(request))
    turn_on(page)
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect_results(page)
    posts = [request for request in requests if request.method == "POST"]
    assert [(method, path) for method, path, _ in received if method != "GET"] == [("POST", "/search/photo/")]
    assert [request.url.partition("/search")[2] for request in posts] == ["/photo/"]
    body = posts[0].post_data_buffer or b""
    assert b'name="vector"' in body
    assert b'name="photo"' not in body
    assert b"filename" not in body
    assert b"\xff\xd8" not in body
    # Room for 256 numbers, the CSRF token and field names, but not for a picture.
    assert sum(size for _, _, size in received) < 4_000
    assert len(body) < 4_000
    urls = [request.url for request in requests if not request.url.startswith(("data:", "blob:"))]
    assert max(map(len, urls)) < 1_000


def test_results_of_a_private_photo_survive_filters_and_the_back_button(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    turn_on(page)
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect_results(page)
    page.get_by_role("checkbox", name=re.compile("^Green")).check()
    expect(page.locator("#results .card")).to_have_count(1)  # other green things are not alike
    expect_results(page, "Halden mug, moss")
    page.reload()
    expect_results(page, "Halden mug, moss")
    page.get_by_role("link", name="Halden mug, moss").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, moss")
    page.go_back()
    expect_results(page, "Halden mug, moss")


def test_a_part_of_the_photo_is_processed_on_the_device(
    visit: Visitor, tmp_path: Path, received: list[tuple[str, str, int]]
) -> None:
    both = Image.new("RGB", (1000, 500), "#c8c8c8")
    for left, name in ((0, "delphi-vase-terracotta-2.jpg"), (500, "sol-tray-brass-2.jpg")):
        with Image.open(PICTURES / name) as picture:
            both.paste(picture.resize((500, 500)), (left, 0))
    both.save(tmp_path / "both.jpg")
    page = visit("/search/photo/")
    turn_on(page)
    page.get_by_label("Choose a photo").set_input_files(tmp_path / "both.jpg")
    page.get_by_role("button", name="Select part of the photo").click(timeout=TIMEOUT)
    stage = page.locator("[data-crop-stage]").bounding_box()
    assert stage
    page.mouse.move(stage["x"] + stage["width"] * 0.52, stage["y"] + 5)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] * 0.99, stage["y"] + stage["height"] - 5, steps=4)
    page.mouse.up()
    with page.expect_navigation(timeout=TIMEOUT):
        page.get_by_role("button", name="Search this part").click()
    expect_results(page, "Sol tray, brass")
    posts = [size for method, _, size in received if method == "POST"]
    assert len(posts) == 2
    assert max(posts) < 4_000


def test_the_runtime_loads_on_demand_and_the_switch_is_stored(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    urls: list[str] = []
    page.context.on("request", lambda request: urls.append(request.url))
    page.reload(wait_until="networkidle")
    assert not [url for url in urls if re.search("onnx|wasm|worker|api/", url)]
    page.get_by_role("switch", name=SWITCH).focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Your photo stays on this device.")).to_be_visible()
    expect(switch_message(page)).to_have_text("Ready", timeout=TIMEOUT)
    expect(page.locator("[data-private-status]")).to_have_text("Ready")
    assert [url for url in urls if url.endswith(".onnx")]
    page.goto("/")
    urls.clear()
    expect(page.get_by_role("switch", name=SWITCH)).to_be_checked()
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect_results(page)
    page.goto("/search/photo/")
    page.get_by_role("switch", name=SWITCH).uncheck()
    page.reload()
    expect(page.get_by_role("switch", name=SWITCH)).not_to_be_checked()
    expect(page.get_by_text("We process your photo in memory")).to_be_visible()


STORED = """async () => {
    const store = await caches.open("photo-search");
    return (await store.keys()).map(({ url }) => new URL(url).pathname);
}"""


def test_the_devices_copy_follows_a_swap(visit: Visitor, photo: Path, other: Network) -> None:
    page = visit("/search/photo/")
    urls: list[str] = []
    page.context.on("request", lambda request: urls.append(request.url))
    turn_on(page)
    former = page.evaluate(STORED)
    assert sorted(Path(path).suffix for path in former) == [".gz", ".onnx", ".safetensors"]
    page.reload()
    urls.clear()
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect_results(page)
    assert not [url for url in urls if re.search(r"wasm\.gz|\.onnx|\.safetensors", url)]  # kept on the device

    index.refresh(list(ProductImage.objects.values_list("pk", flat=True)), other)
    swap.activate(other, "alice", is_forced=True)
    page.goto("/search/photo/")
    urls.clear()
    with page.expect_response(re.compile("/search/photo/$"), timeout=TIMEOUT) as answered:
        page.get_by_label("Choose a photo").set_input_files(photo)
    expect_results(page)
    assert answered.value.headers["semblance-network"].startswith("other@")
    files = [Path(url).suffix for url in urls if re.search(r"wasm\.gz|\.onnx|\.safetensors", url)]
    assert sorted(files) == [".onnx", ".safetensors"]
    page.goto("/search/photo/")
    assert len(kept := page.evaluate(STORED)) == 3
    assert set(kept) & set(former) == {path for path in former if path.endswith(".gz")}


def test_a_swap_between_computing_a_vector_and_sending_it_is_not_noticed(
    visit: Visitor, photo: Path, other: Network
) -> None:
    page = visit("/search/photo/")
    turn_on(page)
    index.refresh(list(ProductImage.objects.values_list("pk", flat=True)), other)

    def swap_first(route: Route) -> None:
        if route.request.method == "POST":
            swap.activate(other, "alice", is_forced=True)
        route.continue_()

    page.route("**/search/photo/", swap_first)
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect_results(page)


@pytest.mark.parametrize("pattern", ["**/*.wasm.gz", "**/*.onnx", "**/*.safetensors", "**/search/photo/network/"])
def test_the_photo_can_be_sent_if_loading_fails(
    visit: Visitor, photo: Path, received: list[tuple[str, str, int]], pattern: str
) -> None:
    page = visit("/search/photo/", tolerate="status of 503")

    def refuse(route: Route) -> None:
        route.fulfill(status=503, body="")

    page.context.route(pattern, refuse)
    page.get_by_role("switch", name=SWITCH).check()
    expect(switch_message(page)).to_have_text("Loading failed.", timeout=TIMEOUT)
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect(page.get_by_role("status").filter(has_text="nothing was sent.")).to_be_visible(timeout=TIMEOUT)
    assert not [method for method, _, _ in received if method == "POST"]
    page.get_by_role("button", name="Send this photo instead").press("Enter")
    expect_results(page)


def test_an_unreadable_file_is_not_sent(visit: Visitor, tmp_path: Path, received: list[tuple[str, str, int]]) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    page = visit("/search/photo/")
    turn_on(page)
    page.get_by_label("Choose a photo").set_input_files(broken)
    expect(page.get_by_text("This device cannot read the photo")).to_be_visible(timeout=TIMEOUT)
    expect(page.get_by_role("button", name="Send this photo instead")).to_be_focused()
    assert not [method for method, _, _ in received if method == "POST"]


def test_the_page_may_not_run_webassembly(visit: Visitor) -> None:
    page = visit("/search/photo/")
    response = page.request.get("/search/photo/")
    assert "unsafe" not in response.headers["content-security-policy"]
    compiled = page.evaluate(
        "WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => true, () => false)"
    )
    assert compiled is False
