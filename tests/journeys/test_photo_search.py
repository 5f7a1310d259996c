"""A customer searches by photo: from a file, camera, clipboard, by drag and drop, and by keyboard."""

import base64
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE, PICTURES, Visitor, png

DISPATCH_PHOTO = """([kind, data]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "photo.png", {type: "image/png"}));
    const event = kind === "paste"
        ? new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true})
        : new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true});
    document.querySelector("[data-photo-zone]").dispatchEvent(event);
}"""

READ_UPLOAD = """async () => {
    const reader = new FileReader();
    reader.readAsDataURL(document.querySelector("[data-photo-input]").files[0]);
    await new Promise((done) => { reader.onload = done; });
    return reader.result.split(",")[1];
}"""


def first_title(page: Page) -> str:
    return page.locator("#results .card-title").first.inner_text()


def expect_results(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for your photo")
    assert first_title(page) == "Halden mug, blue"


def test_a_photo_from_a_file_finds_its_product(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect_results(page)
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()


def test_a_photo_is_shrunk_and_upright_before_upload(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    page.route("**/search/photo/", lambda route: route.fulfill(status=204))  # stay on the page to read the upload
    with page.expect_request(lambda request: request.method == "POST"):
        page.get_by_label("Choose a photo").set_input_files(photo)
    upload = base64.b64decode(page.evaluate(READ_UPLOAD))
    with Image.open(BytesIO(upload)) as picture, Image.open(photo) as original:
        assert (picture.size, original.size) == ((1280, 1280), (1600, 1600))
        assert not picture.getexif()
        upright = ImageOps.exif_transpose(original).convert("L").resize((8, 8))
        difference = ImageChops.difference(upright, picture.convert("L").resize((8, 8)))
        assert ImageStat.Stat(difference).mean[0] < 3


def test_the_home_page_takes_a_photo(visit: Visitor, photo: Path) -> None:
    page = visit("/", viewport=PHONE, has_touch=True, is_mobile=True)
    page.get_by_label("Take a photo").set_input_files(photo)
    expect_results(page)


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photo_can_be_dropped_and_pasted(visit: Visitor, photo: Path, kind: str) -> None:
    page = visit("/search/photo/")
    page.evaluate(DISPATCH_PHOTO, [kind, base64.b64encode(png(photo)).decode()])
    expect_results(page)


def test_a_photo_search_works_without_javascript(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/", java_script_enabled=False)
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.get_by_role("button", name="Find similar products").click()
    expect_results(page)
    page.get_by_role("checkbox", name=re.compile("^Green")).check()
    page.get_by_role("button", name="Show results").click()
    expect(page.locator("#results .card")).to_have_count(1)  # other green things are not alike
    assert first_title(page) == "Halden mug, moss"


def test_a_photo_search_works_by_keyboard_alone(visit: Visitor, photo: Path) -> None:
    page = visit("/")
    page.on("filechooser", lambda _: None)  # makes Playwright intercept file choosers
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Choose a photo")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(photo)
    expect_results(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.card-link')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, blue")


def test_a_filter_narrows_a_photo_search_and_keeps_the_photo(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect_results(page)
    page.get_by_role("checkbox", name=re.compile("^Green")).check()
    expect(page.locator("#results .card")).to_have_count(1)  # other green things are not alike
    assert first_title(page) == "Halden mug, moss"
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()
    assert "colour=green" in page.url
    page.reload()
    assert first_title(page) == "Halden mug, moss"
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()


def test_back_from_a_product_shows_the_results_again(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect_results(page)
    page.get_by_role("link", name="Halden mug, blue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden mug, blue")
    page.go_back()
    expect_results(page)
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()


def test_a_text_file_shows_an_error(visit: Visitor, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("a mug, blue")
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files(note)
    expect(page.get_by_text("This file is not a picture.")).to_be_visible()


def test_the_server_rejects_a_broken_picture_with_an_error(visit: Visitor, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    page = visit("/search/photo/", java_script_enabled=False)
    page.get_by_label("Choose a photo").set_input_files(broken)
    page.get_by_role("button", name="Find similar products").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Choose a photo")).to_be_attached()


@pytest.mark.usefixtures("sample_photos")
@pytest.mark.parametrize("address", ["/", "/search/photo/"])
def test_a_sample_photo_shows_results(visit: Visitor, address: str) -> None:
    page = visit(address, java_script_enabled=False)
    page.get_by_role("link", name="Search with this photo: delphi vase terracotta").click()
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()
    assert first_title(page) == "Delphi vase, terracotta"


def test_a_part_of_the_photo_can_be_searched(visit: Visitor, tmp_path: Path) -> None:
    both = Image.new("RGB", (1000, 500), "#c8c8c8")
    for left, name in ((0, "delphi-vase-terracotta-2.jpg"), (500, "sol-tray-brass-2.jpg")):
        with Image.open(PICTURES / name) as picture:
            both.paste(picture.resize((500, 500)), (left, 0))
    both.save(tmp_path / "both.jpg")
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files(tmp_path / "both.jpg")
    page.get_by_role("button", name="Select part of the photo").click()
    stage = page.locator("[data-crop-stage]").bounding_box()
    assert stage
    page.mouse.move(stage["x"] + stage["width"] * 0.52, stage["y"] + 5)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] * 0.99, stage["y"] + stage["height"] - 5, steps=4)
    page.mouse.up()
    with page.expect_navigation():
        page.get_by_role("button", name="Search this part").click()
    expect(page.locator("#results .card-title").first).to_have_text("Sol tray, brass")


def test_the_frame_moves_and_resizes_by_keyboard(visit: Visitor, photo: Path) -> None:
    page = visit("/search/photo/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.get_by_role("button", name="Select part of the photo").press("Enter")
    frame = page.get_by_role("group", name="Frame")
    before = frame.bounding_box()
    frame.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    after = frame.bounding_box()
    assert before
    assert after
    assert after["x"] > before["x"]
    assert after["height"] > before["height"]
    page.keyboard.press("Escape")
    expect(frame).to_be_hidden()
    expect(page.get_by_role("button", name="Select part of the photo")).to_be_focused()
