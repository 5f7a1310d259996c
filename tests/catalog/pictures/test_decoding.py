"""Decoding of valid, damaged and hostile files."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from catalog.pictures.checking import PictureRefused, check_picture, decode, open_picture, strip_metadata
from catalog.pictures.decoding import FORMATS, read_header
from catalog.pictures.metadata import PNG_START, read_orientation
from tests.conftest import colour_at, picture

WRONG = b"\0\1\2\3"
Chunk = tuple[bytes, bytes, bytes | None]


def image(mode: str = "RGB") -> Image.Image:
    """A noisy picture whose left half is dark."""
    noise = Image.effect_noise((96, 64), 60).filter(ImageFilter.GaussianBlur(1)).convert("RGB")
    noise.paste(noise.crop((0, 0, 48, 64)).point(lambda value: value // 4), (0, 0))
    return noise.convert(mode)


def saved(form: str, mode: str = "RGB", **options: Any) -> bytes:
    file = BytesIO()
    image(mode).save(file, form, **options)
    return file.getvalue()


def chunks(data: bytes) -> list[Chunk]:
    found: list[Chunk] = []
    position = len(PNG_START)
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        found.append((kind, data[position + 8 : position + 8 + length], None))
        position += 12 + length
    return found


def png(parts: list[Chunk]) -> bytes:
    """A PNG file of these chunks, with the given or the correct checksums."""
    written = [PNG_START]
    for kind, body, checksum in parts:
        right = struct.pack(">I", zlib.crc32(kind + body))
        written += [struct.pack(">I", len(body)), kind, body, checksum or right]
    return b"".join(written)


def png_with(kind: bytes, body: bytes, checksum: bytes | None = None) -> bytes:
    start, *rest = chunks(saved("PNG"))
    return png([start, (kind, body, checksum), *rest])


def png_with_wrong_checksum(kind: bytes) -> bytes:
    return png([(each, body, WRONG if each == kind else None) for each, body, _checksum in chunks(saved("PNG"))])


def jpeg_with(marker: int, body: bytes, **options: Any) -> bytes:
    data = saved("JPEG", **options)
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


SHOWN: dict[str, Callable[[], bytes]] = {
    "PNG with broken EXIF": lambda: png_with(b"eXIf", b"MM\0*\xff\xff\xff\xffjunk"),
    "PNG with invalid EXIF": lambda: png_with(b"eXIf", b"hello"),
    "PNG with 3 MB of text": lambda: png_with(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 3 * 2**20)),
    "PNG with a wrong checksum of its text": lambda: png_with(b"tEXt", b"Title\0x", WRONG),
    "PNG with corrupt compressed text": lambda: png_with(b"zTXt", b"Title\0\0junk"),
    "PNG with a 3 MB colour profile": lambda: png_with(b"iCCP", b"p\0\0" + zlib.compress(bytes(3 * 2**20))),
    "PNG with a broken colour profile": lambda: png_with(b"iCCP", b"p\0\0junk"),
    "PNG with a wrong checksum of its profile": lambda: png_with(b"iCCP", b"p\0\0" + zlib.compress(b"x"), WRONG),
    "PNG with a short gAMA": lambda: png_with(b"gAMA", b"x"),
    "PNG with a wrong checksum of its end": lambda: png_with_wrong_checksum(b"IEND"),
    "PNG with a wrong checksum of its pixels": lambda: png_with_wrong_checksum(b"IDAT"),
    "PNG without an end": lambda: png(chunks(saved("PNG"))[:-1]),
    "PNG with trailing data": lambda: saved("PNG") + b"<script>" * 9,
    "PNG without its last rows": lambda: cut(saved("PNG"), 0.9),
    "JPEG without an end": lambda: saved("JPEG", quality=90)[:-2],
    "JPEG without its last rows": lambda: cut(saved("JPEG", quality=90), 0.93),
    "half a progressive JPEG": lambda: cut(saved("JPEG", quality=90, progressive=True), 0.5),
    "JPEG with trailing data": lambda: saved("JPEG") + b"junk" * 99,
    "JPEG with broken EXIF": lambda: jpeg_with(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"),
    "JPEG with a broken profile": lambda: jpeg_with(0xE2, b"ICC_PROFILE\0\x01\x01junk"),
    "JPEG with a broken MPF segment": lambda: jpeg_with(0xE2, b"MPF\0junkjunk"),
    "JPEG with a broken Photoshop segment": lambda: jpeg_with(0xED, b"Photoshop 3.0\x008BIM\x04\x04"),
    "JPEG with a short JFIF": lambda: jpeg_with(0xE0, b"JFIF\0"),
    "JPEG with junk between its segments": lambda: jpeg_with(0xFE, b"x").replace(b"\xff\xfe", b"\0\0\0\xff\xfe", 1),
    "WebP with broken metadata": lambda: saved("WEBP", exif=b"Exif\0\0junk", icc_profile=b"junk", xmp=b"<x"),
    "AVIF with broken EXIF": lambda: saved("AVIF", exif=b"Exif\0\0MM\0*junkjunk"),
    "grey JPEG": lambda: saved("JPEG", "L"),
    "CMYK JPEG": lambda: saved("JPEG", "CMYK"),
    "progressive JPEG": lambda: saved("JPEG", progressive=True),
    "interlaced palette": lambda: saved("GIF", "P", interlace=1),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_files_that_browsers_show_are_accepted(kind: str) -> None:
    data = SHOWN[kind]()
    checked = check_picture(data)
    assert (checked.width, checked.height) == (96, 64)
    for file in (data, strip_metadata(data)):  # as uploaded and as stored
        pixels = np.asarray(decode(open_picture(file), (96, 64)).convert("L"), dtype=float)
        assert pixels.shape == (64, 96)
        assert pixels[:48, :44].mean() + 30 < pixels[:48, 52:].mean()


@pytest.mark.parametrize("kind", SHOWN)
def test_stored_files_are_standard_conforming(kind: str) -> None:
    stored = strip_metadata(SHOWN[kind]())
    with Image.open(BytesIO(stored), formats=["JPEG", "PNG"]) as read:
        read.load()
    assert strip_metadata(stored) == stored


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_mostly_missing_picture_is_rejected(form: str) -> None:
    with pytest.raises(PictureRefused, match="damaged"):
        check_picture(cut(saved(form), 0.5))


def test_missing_rows_are_filled_with_the_last_one() -> None:
    pixels = np.asarray(decode(open_picture(cut(saved("PNG"), 0.9)), (96, 64)))
    assert (pixels[-1] == pixels[-2]).all()
    assert pixels[-1].any()


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_truncated_interlaced_png_is_accepted(depth: int) -> None:
    rows = sum((-(-columns * depth // 8) + 1) * number for columns, number in
               [(12, 8), (12, 8), (24, 8), (24, 16), (48, 16), (48, 32), (96, 32)])  # fmt: skip
    pixels = zlib.compress(bytes(rows))[:-3]
    header = struct.pack(">IIBBBBB", 96, 64, depth, 0, 0, 0, 1)
    assert check_picture(png([(b"IHDR", header, None), (b"IDAT", pixels, None)])).width == 96


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", [0, 9, 6 * 256, 65_535])
def test_invalid_orientation_counts_as_upright(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    checked = check_picture(saved(form, exif=exif))
    assert (checked.width, checked.height) == (96, 64)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    flat = Image.new("RGB", (64, 32), "blue")
    flat.paste("red", (0, 0, 32, 16))
    file = BytesIO()
    flat.save(file, form, exif=exif)
    upright = decode(open_picture(file.getvalue()), (32, 32))
    corner = {1: (8, 8), 2: (56, 8), 3: (56, 24), 4: (8, 24), 5: (8, 8), 6: (24, 8), 7: (24, 56), 8: (8, 56)}
    red, _green, blue = colour_at(upright, corner[orientation])
    assert red > 150 > blue


@pytest.mark.parametrize(
    "exif", [b"", b"II", b"MM\0*", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff", b"\xff" * 40]
)
def test_any_exif_is_read_or_ignored(exif: bytes) -> None:
    assert read_orientation(exif) == 1


@pytest.mark.parametrize(
    ("brand", "message"),
    [*((brand, "HEIC") for brand in ("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1")),
     ("isom", "video"), ("mp42", "video"), ("qt  ", "video"), ("crx ", "JPEG or PNG")],
)  # fmt: skip
def test_unsupported_containers_are_identified(brand: str, message: str) -> None:
    data = struct.pack(">I", 24) + b"ftyp" + brand.encode() + bytes(4) + brand.encode() + brand.encode() + bytes(99)
    with pytest.raises(PictureRefused, match=message) as refused:
        check_picture(data)
    assert refused.value.code == "image_format_unsupported"


@pytest.mark.parametrize(
    "start",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", b"  <!DOCTYPE svg>",
     b"<!-- drawn --><svg/>", b"\0\0\1\0\1\0", b"\xff\x0a\xfa", b"\0\0\0\x0cJXL \r\n\x87\n", b"8BPS\0\1",
     b"\0\0\0\x0cjP  \r\n\x87\n", b"%PDF-1.7", b"%!PS-Adobe"],
)  # fmt: skip
def test_other_file_types_are_identified(start: bytes) -> None:
    with pytest.raises(PictureRefused, match="not supported") as refused:
        check_picture(start + bytes(200))
    assert refused.value.code == "image_format_unsupported"


@pytest.mark.parametrize("form", FORMATS)
def test_header_of_every_format_is_read_without_decoding(form: str) -> None:
    header = read_header(picture(640, 480, form=form), 10**6)
    assert (header.format, header.width, header.height) == (form, 640, 480)
    assert header.memory() > 640 * 480


def webp(width: int, height: int) -> bytes:
    """A lossless WebP of 40 bytes with this size in its header."""
    packed = struct.pack("<I", (width - 1) | (height - 1) << 14)
    body = b"WEBPVP8L" + struct.pack("<I", 20) + b"\x2f" + packed + bytes(15)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(("side", "is_taken"), [(4000, True), (5000, False), (7070, False), (16_000, False)])
def test_pixels_of_formats_without_scaling_are_limited(side: int, is_taken: bool) -> None:
    if is_taken:
        assert open_picture(webp(side, side)).width == side
        return
    with pytest.raises(PictureRefused, match="million pixels") as refused:
        open_picture(webp(side, side))
    assert refused.value.code == "image_too_many_pixels"


def lying_avif(side: int) -> bytes:
    """An AVIF whose container claims 64 by 64 pixels and whose stream has this many."""
    file = BytesIO()
    Image.new("L", (side, side), 90).save(file, "AVIF", speed=10)
    data = file.getvalue()
    size = data.index(b"ispe") + 8
    return data[:size] + struct.pack(">II", 64, 64) + data[size + 8 :]


def test_avif_with_a_false_size_is_rejected_without_using_memory() -> None:
    data = lying_avif(12_000)
    assert len(data) < 10_000
    with pytest.raises(PictureRefused, match="damaged"):
        check_picture(data)


def test_large_jpeg_is_scaled_while_decoding() -> None:
    data = picture(7000, 7000)
    header = open_picture(data)
    assert header.memory((256, 256)) < 12 * 2**20
    assert decode(open_picture(data), (256, 256)).size == (875, 875)


def test_jpeg_with_endless_scans_is_rejected() -> None:
    data = saved("JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(PictureRefused, match="damaged"):
        check_picture(data[:-2] + scan * 200 + b"\xff\xd9")


def test_sequential_jpeg_with_further_scans_is_rejected() -> None:
    data = saved("JPEG")
    assert read_header(data, 10**6).parts.has_one_scan
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(PictureRefused, match="damaged"):
        check_picture(data[:-2] + scan * 200 + b"\xff\xd9")
