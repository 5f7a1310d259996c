"""Uploaded pictures: checks, stripping, storage and renditions."""

import os
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import override_settings
from PIL import Image, ImageCms, ImageFilter

from catalog.models import ProductImage
from catalog.pictures.checking import PictureRefused, check_picture, strip_metadata
from catalog.pictures.files import FILE_MISSING, remove_unused
from catalog.pictures.services import KILLED, add_picture, make_renditions, rendition_widths, retry_renditions
from catalog.tasks import sweep_renditions
from tests.conftest import colour_at, picture
from tests.factories import ImageFactory, ProductFactory

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF"]


def noise(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """A noisy picture, so that half of its bytes are half of its pixels."""
    return Image.effect_noise((width, height), 90).filter(ImageFilter.GaussianBlur(1)).convert(mode)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int = 20_000) -> bytes:
    """A valid PNG of 400 million white pixels in less than half a megabyte."""
    compressor, lines = zlib.compressobj(9), bytes(100 * (side + 1))
    start, again = (compressor.compress(lines) + compressor.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    total = side * (side + 1)
    pixels = start + again * (side // 100 - 1) + b"\x03\x00" + struct.pack(">I", (total % 65_521) << 16 | 1)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, data) for kind, data in chunks)


def with_secrets(form: str, orientation: int = 1) -> bytes:
    """A picture with metadata about its place and camera; its left half is red."""
    image = Image.new("RGB", (64, 32), "blue")
    image.paste("red", (0, 0, 32, 32))
    exif = Image.Exif()
    exif[0x010F] = "SECRET camera"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0), 29: "SECRET date"})
    options = {"comment": b"SECRET comment"} if form == "JPEG" else {}
    return saved(image, form, exif=exif, **options)


def refusal(data: bytes | None) -> str:
    with pytest.raises(PictureRefused) as refused:
        check_picture(data)
    assert refused.value.detail.endswith(".")
    return refused.value.code


@pytest.mark.parametrize("form", FORMATS)
def test_check_accepts_a_picture(form: str) -> None:
    checked = check_picture(picture(64, 48, form=form))
    assert (checked.format, checked.width, checked.height) == (form, 64, 48)
    assert len(checked.sha256) == 64


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "image_missing"),
        (b"", "image_empty"),
        (b"a letter, not a picture", "image_unreadable"),
        (bytes(1000), "image_unreadable"),
        (picture(1, 1), "image_too_small"),
        (picture(2000, 4), "image_too_small"),
        (picture() + bytes(30 * 2**20), "image_too_large"),
        (bytes(4) + b"ftypheic" + bytes(100), "image_format_unsupported"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image_format_unsupported"),
        (b"%PDF-1.7 ...", "image_format_unsupported"),
    ],
    ids=["none", "empty", "text", "zeros", "1x1", "thin", "30MB", "heic", "svg", "pdf"],
)
def test_check_rejects_invalid_pictures(data: bytes | None, code: str) -> None:
    assert refusal(data) == code


@pytest.mark.parametrize("form", FORMATS)
def test_check_rejects_a_truncated_file(form: str) -> None:
    data = saved(noise(), form)
    assert refusal(data[: len(data) // 2]) == "image_unreadable"


@pytest.mark.parametrize("form", FORMATS)
def test_check_rejects_damaged_files_with_a_message(form: str) -> None:
    whole = saved(noise(32, 32), form)
    generator = np.random.default_rng(0)
    refusals = set()
    for _attempt in range(60):
        damaged = bytearray(whole)
        for position in generator.integers(0, len(damaged), 4):
            damaged[position] = generator.integers(0, 256)
        try:
            check_picture(bytes(damaged))
            strip_metadata(bytes(damaged))
        except PictureRefused as refused:
            refusals.add(refused.code)
    assert refusals <= {"image_unreadable", "image_too_small", "image_too_many_pixels"}


def test_check_rejects_a_decompression_bomb_by_its_header() -> None:
    assert len(bomb()) < 500_000
    assert refusal(bomb()) == "image_too_many_pixels"


def test_check_rejects_a_decompression_bomb_without_using_memory() -> None:
    script = (
        "import resource, sys, django; django.setup()\n"
        "from catalog.pictures.checking import PictureRefused, check_picture\n"
        "data = sys.stdin.buffer.read()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: check_picture(data)\n"
        "except PictureRefused as refused: print(refused.code)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "shop.settings"}
    done = subprocess.run(
        [sys.executable, "-c", script], input=bomb(), capture_output=True, env=environment, cwd=settings.BASE_DIR
    )
    code, grown = done.stdout.split()
    assert code == b"image_too_many_pixels"
    assert int(grown) < 30_000  # kilobytes; decoding would take 400 megabytes


def test_check_rejects_a_tiff_with_huge_tiles() -> None:
    tags = {256: 64, 257: 64, 258: 8, 259: 1, 262: 1, 277: 1, 322: 60_000, 323: 60_000, 324: 8, 325: 64}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    data = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(68)
    assert refusal(data) == "image_too_many_pixels"


def test_check_ignores_the_file_name() -> None:
    assert check_picture(picture(form="PNG")).format == "PNG"  # whatever the file name


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_strip_removes_metadata_and_turns_the_picture_upright(form: str) -> None:
    data = with_secrets(form, orientation=6)  # rotated by 90 degrees
    assert b"SECRET" in data
    clean = strip_metadata(data)
    assert b"SECRET" not in clean
    with Image.open(BytesIO(clean)) as upright:
        assert upright.size == (32, 64)
        assert not upright.getexif()
        red, _green, blue = colour_at(upright.convert("RGB"), (16, 5))
        assert red > 200
        assert blue < 60
    checked = check_picture(data)
    assert (checked.width, checked.height) == (32, 64)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_strip_keeps_the_pixels_of_an_upright_picture(form: str) -> None:
    data = with_secrets(form)
    clean = strip_metadata(data)
    assert b"SECRET" not in clean
    assert Image.open(BytesIO(clean)).tobytes() == Image.open(BytesIO(data)).tobytes()


@pytest.mark.parametrize("form", FORMATS)
def test_strip_is_idempotent(form: str) -> None:
    clean = strip_metadata(saved(noise(), form))
    assert strip_metadata(clean) == clean


def test_strip_keeps_a_progressive_picture_readable() -> None:
    clean = strip_metadata(saved(noise(200, 200), "JPEG", progressive=True, exif=Image.Exif()))
    Image.open(BytesIO(clean)).load()


def test_strip_removes_data_after_the_end() -> None:
    for form in ("JPEG", "PNG"):
        assert b"HIDDEN" not in strip_metadata(picture(form=form) + b"HIDDEN <script>")


def test_strip_keeps_the_first_picture_of_an_mpo_file() -> None:
    first, second = noise(), Image.new("RGB", (96, 64), "red")
    data = saved(first, "MPO", save_all=True, append_images=[second])
    assert check_picture(data).format == "JPEG"
    clean = strip_metadata(data)
    assert len(clean) < len(data)
    assert check_picture(clean).format == "JPEG"


@pytest.mark.parametrize(
    ("mode", "form"),
    [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("L", "JPEG"), ("P", "PNG"), ("P", "GIF"), ("1", "PNG"), ("LA", "PNG"),
     ("RGBA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "AVIF"), ("I;16", "PNG"), ("F", "TIFF"), ("LAB", "TIFF")],
)  # fmt: skip
@pytest.mark.django_db
def test_renditions_are_made_for_every_colour_mode(mode: str, form: str) -> None:
    image = ImageFactory(data=saved(in_mode(noise(200, 120), mode), form))
    assert make_renditions(image), ProductImage.objects.get().rendition_error
    with Image.open(default_storage.open(image.rendition_name(160, "jpg"))) as small:
        assert (small.mode, small.size) == ("RGB", (160, 96))
        assert 90 < np.asarray(small).mean() < 165  # still grey noise


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    if mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        converted = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
        assert converted
        return converted
    return image.convert("L").convert(mode) if mode in {"LA", "F"} else image.convert(mode)


@pytest.mark.django_db
def test_renditions_are_flattened_on_white() -> None:
    for form in ("PNG", "WEBP", "GIF"):
        image = ImageFactory(data=saved(Image.new("RGBA", (200, 100), (0, 0, 0, 0)), form))
        assert make_renditions(image)
        with Image.open(default_storage.open(image.rendition_name(160, "webp"))) as small:
            assert min(colour_at(small.convert("RGB"), (80, 40))) > 250


@pytest.mark.django_db
def test_renditions_show_the_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    for form in ("GIF", "WEBP", "PNG", "AVIF"):
        image = ImageFactory(data=saved(frames[0], form, save_all=True, append_images=frames[1:]))
        assert make_renditions(image)
        with Image.open(default_storage.open(image.rendition_name(64, "jpg"))) as small:
            red, _green, blue = colour_at(small, (32, 32))
            assert red > 200 > blue


@pytest.mark.django_db
def test_renditions_have_every_format_and_fitting_width() -> None:
    image = ImageFactory(data=saved(noise(700, 350), "JPEG"))
    assert make_renditions(image)
    image.refresh_from_db()
    assert image.rendition_widths == [160, 320, 640]
    for width in image.rendition_widths:
        for extension, form in [("avif", "AVIF"), ("webp", "WEBP"), ("jpg", "JPEG")]:
            with Image.open(default_storage.open(image.rendition_name(width, extension))) as rendition:
                assert (rendition.format, rendition.size) == (form, (width, width // 2))


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ((5000, 4000), [160, 320, 640, 1280]),
        ((100, 100), [100]),
        ((20, 400_000), [1]),
        ((160, 90), [160]),
        ((512, 512), [160, 320, 512]),
        ((400, 300), [160, 320]),
    ],
)
def test_renditions_are_never_wider_than_the_picture(size: tuple[int, int], widths: list[int]) -> None:
    assert rendition_widths(*size) == widths


@pytest.mark.django_db
def test_renditions_of_equal_pictures_are_made_once() -> None:
    first = ImageFactory(data=picture(200, 100))
    assert make_renditions(first)
    name = Path(default_storage.path(first.rendition_name(160, "jpg")))
    made_at = name.stat().st_mtime_ns
    second = ImageFactory(data=picture(200, 100))
    assert second.file.name == first.file.name
    default_storage.delete(second.rendition_name(160, "avif"))  # rendering would recreate it
    assert make_renditions(second)
    second.refresh_from_db()
    assert second.rendition_widths == [160]
    assert name.stat().st_mtime_ns == made_at
    assert not default_storage.exists(second.rendition_name(160, "avif"))


@pytest.mark.django_db
def test_stored_name_depends_only_on_the_bytes() -> None:
    product = ProductFactory()
    first = add_picture(product, with_secrets("JPEG"), "Red and blue", 1)
    second = add_picture(product, with_secrets("JPEG"), "", 2)
    assert first.file.name == second.file.name == f"products/{first.sha256[:2]}/{first.sha256}.jpg"
    assert (first.width, first.height, first.alt, first.position) == (64, 32, "Red and blue", 1)
    assert b"SECRET" not in first.file.read()


@pytest.mark.django_db
def test_rejected_picture_leaves_nothing_behind() -> None:
    product = ProductFactory()
    with pytest.raises(PictureRefused):
        add_picture(product, picture()[:200])
    assert not product.images.exists()


@pytest.mark.django_db
def test_failed_renditions_are_not_retried_for_another_row() -> None:
    first, second = ImageFactory(data=picture(200, 100)), ImageFactory(data=picture(200, 100))
    ProductImage.objects.filter(pk=first.pk).update(rendition_attempts=3, rendition_error=KILLED)
    assert not make_renditions(second)
    second.refresh_from_db()
    assert (second.rendition_attempts, second.rendition_error) == (3, KILLED)
    assert retry_renditions(ProductImage.objects.filter(pk=second.pk)) == 1
    assert make_renditions(second)
    assert make_renditions(first)


@pytest.mark.django_db
def test_sweep_makes_missing_renditions_and_records_failures() -> None:
    good, lost = ImageFactory(), ImageFactory()
    Path(lost.file.path).unlink()
    for _minute in range(5):
        sweep_renditions()
    good.refresh_from_db()
    lost.refresh_from_db()
    assert good.rendition_widths == [64]
    assert lost.rendition_widths == []
    assert lost.rendition_attempts == 3
    assert lost.rendition_error == FILE_MISSING


@pytest.mark.django_db(transaction=True)
def test_deleting_a_picture_removes_its_files_unless_shared() -> None:
    first, second = ImageFactory(data=picture(333, 100)), ImageFactory(data=picture(333, 100))
    make_renditions(first)
    first.refresh_from_db()
    second.delete()
    assert Path(first.file.path).exists()
    names = [str(first.file), first.rendition_name(320, "avif")]
    first.product.delete()
    assert not any(default_storage.exists(name) for name in names)


@pytest.mark.django_db
def test_remove_can_run_twice() -> None:
    image = ImageFactory()
    ProductImage.objects.all().delete()
    remove_unused(image.sha256)
    remove_unused(image.sha256)
    assert not Path(image.file.path).exists()


@override_settings(PICTURE_MAX_BYTES=100, PICTURE_MAX_PIXELS=1000)
def test_check_respects_the_settings() -> None:
    assert refusal(picture()) == "image_too_large"
    assert refusal(picture(100, 100, form="GIF")[:99]) == "image_too_many_pixels"
