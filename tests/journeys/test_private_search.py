"""A customer searches by photo and the photo stays on the device: the same vector, computed in the browser."""

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

from tests.journeys.conftest import PICTURES, Visitor
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.networks import loading, serving

PHOTOS = settings.BASE_DIR / "demo" / "photos"
SWITCH = "Search without sending my photo"
LOOK = """async ([name, data, region]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const { look } = await import("/static/js/private.js");
    return (await look(new File([bytes], name), region)).vector;
}"""
LEAST = 0.999  # cosine
PATIENCE = 120_000  # milliseconds; a busy machine compiles and loads slowly


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def photo_of(name: str, size: tuple[int, int] | None = None) -> Image.Image:
    with Image.open(PHOTOS / name) as opened:
        return opened.convert("RGB").resize(size or opened.size, Image.Resampling.LANCZOS)


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(photo_of("02.jpg", (1500, 1100)), "JPEG", quality=90, exif=exif)


def see_through() -> bytes:
    with Image.open(PICTURES / "halden-mug-blue-1.jpg") as opened:
        picture = opened.convert("RGBA")
    edge = Image.linear_gradient("L").resize(picture.size)
    picture.putalpha(edge)
    return encoded(picture, "PNG")


def spread() -> dict[str, tuple[bytes, Region]]:
    """Pictures as they come: customers' photos, turned, see-through, very large, tiny and long ones, marked parts."""
    names = ["01.jpg", "03.jpg", "07.jpg", "12.jpg", "25.jpg", "60.jpg"]
    pictures = {f"demo {name}": ((PHOTOS / name).read_bytes(), WHOLE) for name in names}
    pictures |= {f"EXIF {each}": (turned(each), WHOLE) for each in (2, 3, 6, 7, 8)}
    large = encoded(photo_of("05.jpg", (7000, 5000)), "JPEG", quality=90)
    phone = encoded(photo_of("05.jpg", (4032, 3024)), "JPEG", quality=92)
    pictures |= {
        "see-through PNG": (see_through(), WHOLE),
        "palette PNG": (encoded(photo_of("08.jpg").convert("P"), "PNG"), WHOLE),
        "large PNG": (encoded(photo_of("09.jpg", (3000, 2300)), "PNG", compress_level=1), WHOLE),
        "35 megapixels": (large, WHOLE),
        "a phone's": (phone, WHOLE),
        "grey JPEG": (encoded(photo_of("10.jpg").convert("L"), "JPEG"), WHOLE),
        "WebP": (encoded(photo_of("11.jpg"), "WEBP", quality=85), WHOLE),
        "tall": (encoded(photo_of("13.jpg", (400, 2600)), "JPEG", quality=90), WHOLE),
        "tiny": (encoded(photo_of("14.jpg", (40, 30)), "PNG"), WHOLE),
        "part of a phone's": (phone, Region(0.31, 0.22, 0.4, 0.55)),
        "small part of a large one": (large, Region(0.4, 0.45, 0.12, 0.07)),
        "long part": (encoded(photo_of("15.jpg"), "PNG"), Region(0.1, 0.4, 0.8, 0.15)),
        "turned part": (turned(6), Region(0.2, 0.1, 0.5, 0.5)),
    }
    return pictures


def test_the_browsers_vector_is_the_servers(visit: Visitor) -> None:
    page = visit("/search/photo/")
    pictures = spread()
    there = loading.embedder(serving.live()).embed(
        [data for data, _ in pictures.values()], [part for _, part in pictures.values()]
    )
    cosines = {}
    for (name, (data, part)), vector in zip(pictures.items(), there, strict=True):
        region = None if part == WHOLE else list(part)
        here = page.evaluate(LOOK, [name, base64.b64encode(data).decode(), region])
        cosines[name] = float(vector @ np.frombuffer(base64.b64decode(here), dtype="<f4"))
    assert not {name: cosine for name, cosine in cosines.items() if cosine < LEAST}


@pytest.fixture
def arrived() -> Iterator[list[tuple[str, str, int]]]:
    """What reaches the server, whoever in the browser sent it: method, path, and bytes of the body."""
    seen: list[tuple[str, str, int]] = []

    def note(environ: dict[str, str], **_: Any) -> None:
        seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], int(environ.get("CONTENT_LENGTH") or 0)))

    request_started.connect(note, weak=False)
    yield seen
    request_started.disconnect(note)


def said(page: Page) -> Locator:
    return page.locator("[data-private-said]")


def turn_on(page: Page) -> None:
    page.get_by_role("switch", name=SWITCH).check()
    expect(said(page)).to_have_text("Ready on this device.", timeout=PATIENCE)


def see_results(page: Page, first: str = "Halden mug, blue") -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("What looks like your photo", timeout=PATIENCE)
    expect(page.locator("#results .card-title").first).to_have_text(first)
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()


def test_the_photo_never_leaves_the_page(visit: Visitor, photo: Path, arrived: list[tuple[str, str, int]]) -> None:
    page = visit("/search/photo/")
    requests: list[Request] = []
    page.context.on("request", lambda request: requests.append(request))
    turn_on(page)
    page.get_by_label("Choose a photo").set_input_files(photo)
    see_results(page)
    posts = [request for request in requests if request.method == "POST"]
    assert [(method, path) for method, path, _ in arrived if method != "GET"] == [("POST", "/search/photo/")]
    assert [request.url.partition("/search")[2] for request in posts] == ["/photo/"]
    body = posts[0].post_data_buffer or b""
    assert b'name="vector"' in body
    assert b'name="photo"' not in body
    assert b"filename" not in body
    assert b"\xff\xd8" not in body
    # 256 numbers, a form's token and the field names: no room for a picture, and no other request had a body at all.
    assert sum(size for _, _, size in arrived) < 4_000
    assert len(body) < 4_000
    sent_by_address = [request.url for request in requests if not request.url.startswith(("data:", "blob:"))]
    assert max(map(len, sent_by_address)) < 1_000


def test_results_of_a_photo_that_stayed_are_filtered_left_and_come_back_to(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    turn_on(page)
    page.get_by_label("Choose a photo").set_input_files(photo)
    see_results(page)
    page.get_by_role("checkbox", name=re.compile("^Green")).check()
    expect(page.locator("#results .card")).to_have_count(3)
    see_results(page, "Halden mug, moss")
    page.reload()
    see_results(page, "Halden mug, moss")
    page.get_by_role("link", name="Halden mug, moss").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, moss")
    page.go_back()
    see_results(page, "Halden mug, moss")


def test_one_part_is_searched_for_on_the_device(
    visit: Visitor, tmp_path: Path, arrived: list[tuple[str, str, int]]
) -> None:
    both = Image.new("RGB", (1000, 500), "#c8c8c8")
    for left, name in ((0, "delphi-vase-terracotta-2.jpg"), (500, "sol-tray-brass-2.jpg")):
        with Image.open(PICTURES / name) as picture:
            both.paste(picture.resize((500, 500)), (left, 0))
    both.save(tmp_path / "both.jpg")
    page = visit("/search/photo/")
    turn_on(page)
    page.get_by_label("Choose a photo").set_input_files(tmp_path / "both.jpg")
    page.get_by_role("button", name="Search for one part of it").click(timeout=PATIENCE)
    stage = page.locator("[data-crop-stage]").bounding_box()
    assert stage
    page.mouse.move(stage["x"] + stage["width"] * 0.52, stage["y"] + 5)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] * 0.99, stage["y"] + stage["height"] - 5, steps=4)
    page.mouse.up()
    with page.expect_navigation(timeout=PATIENCE):
        page.get_by_role("button", name="Search for this part").click()
    see_results(page, "Sol tray, brass")
    posts = [size for method, _, size in arrived if method == "POST"]
    assert len(posts) == 2
    assert max(posts) < 4_000


def test_nothing_is_loaded_before_it_is_asked_for_and_the_switch_is_remembered(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="networkidle")
    assert not [url for url in asked if re.search("onnx|wasm|worker|api/", url)]
    page.get_by_role("switch", name=SWITCH).focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Your photo stays on this device.")).to_be_visible()
    expect(said(page)).to_have_text("Ready on this device.", timeout=PATIENCE)
    expect(page.locator("[data-private-status]")).to_have_text("Ready on this device.")
    assert [url for url in asked if url.endswith(".onnx")]
    page.goto("/")
    asked.clear()
    expect(page.get_by_role("switch", name=SWITCH)).to_be_checked()
    page.get_by_label("Choose a photo").set_input_files(photo)
    see_results(page)
    page.goto("/search/photo/")
    page.get_by_role("switch", name=SWITCH).uncheck()
    page.reload()
    expect(page.get_by_role("switch", name=SWITCH)).not_to_be_checked()
    expect(page.get_by_text("We look at your photo in memory only")).to_be_visible()


@pytest.mark.parametrize("what", ["**/*.wasm.gz", "**/*.onnx", "**/*.safetensors", "**/api/v1/search/photo/network/"])
def test_a_device_that_cannot_load_it_may_send_the_photo_instead(
    visit: Visitor, photo: Path, arrived: list[tuple[str, str, int]], what: str
) -> None:
    page = visit("/search/photo/", tolerate="status of 503")

    def refuse(route: Route) -> None:
        route.fulfill(status=503, body="")

    page.context.route(what, refuse)
    page.get_by_role("switch", name=SWITCH).check()
    expect(said(page)).to_have_text("Could not be loaded.", timeout=PATIENCE)
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect(page.get_by_role("status").filter(has_text="Nothing was sent.")).to_be_visible(timeout=PATIENCE)
    assert not [method for method, _, _ in arrived if method == "POST"]
    page.get_by_role("button", name="Send this photo instead").press("Enter")
    see_results(page)


def test_a_file_that_the_device_cannot_read_is_not_sent(
    visit: Visitor, tmp_path: Path, arrived: list[tuple[str, str, int]]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    page = visit("/search/photo/")
    turn_on(page)
    page.get_by_label("Choose a photo").set_input_files(broken)
    expect(page.get_by_text("Your device cannot read this photo.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Send this photo instead")).to_be_focused()
    assert not [method for method, _, _ in arrived if method == "POST"]


def test_the_pages_policy_forbids_webassembly(visit: Visitor) -> None:
    page = visit("/search/photo/")
    answer = page.request.get("/search/photo/")
    assert "unsafe" not in answer.headers["content-security-policy"]
    compiled = page.evaluate(
        "WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => true, () => false)"
    )
    assert compiled is False
