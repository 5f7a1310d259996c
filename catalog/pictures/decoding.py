"""The one decoder: bytes to pixels that stand upright, in sRGB. It knows no Django, no database and no settings.

Whatever browsers show is read. What is said about the pixels (EXIF, colour profiles, texts) may be damaged in any way,
and what is cut off may be missing, as long as most of the picture is there.

Always: go by the header before a pixel is decoded, and keep decoding to the formats named here.
"""

from __future__ import annotations

import re
import struct
import warnings
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from catalog.pictures.metadata import (
    JPEG_START,
    MOST,
    PNG_START,
    Parts,
    jpeg_parts,
    mend_png,
    png_parts,
    read_orientation,
)
from catalog.pictures.subprocess_decoder import decode_avif

# The first picture of a file that holds several JPEGs, as phones write them, is read as a JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF")
MOST_DECODED = 16_000_000  # pixels: a larger JPEG is decoded at a half, a quarter or an eighth of its size
# What decoding a pixel takes in bytes, with all that stands beside it meanwhile, measured by tests/faults/bombs.py.
A_PIXEL = {"PNG": 12, "WEBP": 18, "GIF": 14, "AVIF": 18, "BMP": 12, "TIFF": 16}
A_JPEG_PIXEL = 12
SCALES = (1, 2, 4, 8)
TURNED = {5, 6, 7, 8}
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TIFF_TILE = (322, 323)
MOST_SCANS = 100  # of a progressive JPEG: an encoder writes ten or so, and each costs a pass over the picture
GREY = (125, 131)  # where a JPEG was cut off, the decoder fills it with 128
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2"}
VIDEO_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"qt  ", b"M4V ", b"dash"}
OTHER_FORMATS = re.compile(
    rb"%pdf|%!ps|(?:\xef\xbb\xbf)?\s*(?:<\?xml|<svg|<!doctype svg|<!--.{0,900}<svg)|8bps|\x00\x00[\x01\x02]\x00|"
    rb"\xff\x0a|\x00\x00\x00\x0cjxl |\x00\x00\x00\x0cjp  |\xff\x4f\xff\x51|\x1f\x8b|gimp xcf|qoif|\x76\x2f\x31\x01",
    re.DOTALL | re.IGNORECASE,
)

# The header is checked against our own, lower limit; what Pillow warns of would only repeat that.
Size = tuple[int, int]

warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class CannotDecode(ValueError):
    """The picture cannot be read: it is `damaged`, `too_large`, or a `heic`, `video` or `other` file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Encoded:
    """A picture whose header alone was read. Width and height are of the upright picture.

    `pixels` is the largest area that a decoder allocates, such as a tile larger than its picture;
    `coefficients` the bytes that a JPEG in several scans takes until the last, at whatever size it is decoded.
    """

    format: str
    mode: str
    width: int
    height: int
    orientation: int
    pixels: int
    coefficients: int
    parts: Parts

    @property
    def is_turned(self) -> bool:
        """Whether width and height change places when the picture is put upright."""
        return self.orientation in TURNED

    def memory(self, least: Size | None = None) -> int:
        """How many bytes it takes to decode the picture at the size that `decode` chooses."""
        if self.format != "JPEG":
            return self.pixels * A_PIXEL[self.format]
        return self.pixels // self.scale(least) ** 2 * A_JPEG_PIXEL + self.coefficients

    def scale(self, least: Size | None = None) -> int:
        """By how much a JPEG is made smaller while it is decoded, so that `least` is still there."""
        width, height = least or (self.width, self.height)
        room = max(1, min(self.width // max(1, width), self.height // max(1, height)))
        wanted = max(scale for scale in SCALES if scale <= room)
        return max(wanted, next((scale for scale in SCALES if self.pixels <= MOST_DECODED * scale**2), SCALES[-1]))


def read_header(data: bytes, most_pixels: int) -> Encoded:
    """What the file holds, without decoding it. Raises CannotDecode."""
    parts = _parts(data)
    size = _declared_size(data)
    if size > most_pixels:
        raise CannotDecode("too_large")
    try:
        picture = Image.open(BytesIO(parts.file), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise CannotDecode("too_large") from error
    except UnidentifiedImageError as error:
        raise CannotDecode(_kind(data)) from error
    except Exception as error:  # decoders of hostile bytes raise nearly anything
        raise CannotDecode("damaged") from error
    form = "JPEG" if picture.format == "MPO" else str(picture.format)
    width, height = picture.size
    tile = [int(getattr(picture, "tag_v2", {}).get(tag, 1)) for tag in TIFF_TILE]
    pixels = max(width * height, tile[0] * tile[1], size)
    if pixels > most_pixels:
        raise CannotDecode("too_large")
    orientation = parts.orientation
    if form in ("WEBP", "AVIF"):
        orientation = read_orientation(picture.info.get("exif") or b"")
        parts = replace(parts, profile=picture.info.get("icc_profile") or b"")
    if orientation in TURNED:
        width, height = height, width
    return Encoded(form, picture.mode, width, height, orientation, pixels, _coefficients(picture, pixels), parts)


def decode(encoded: Encoded, least: Size | None = None) -> Image.Image:
    """The picture upright as 8-bit sRGB: RGBA where it has transparency, else RGB. Raises CannotDecode.

    At least as large as `least` (width, height) where the file has as many pixels; else as large as it is, a JPEG of
    more than MOST_DECODED pixels at a fraction of that.
    """
    try:
        picture = _load(encoded, least)
        profile = encoded.parts.profile or picture.info.get("icc_profile") or b""
        upright = TURNS.get(encoded.orientation)
        found = _in_srgb(_reduced(picture, encoded, least), profile)
        return found.transpose(upright) if upright is not None else found
    except CannotDecode:
        raise
    except Exception as error:
        raise CannotDecode("damaged") from error


def on_white(picture: Image.Image) -> Image.Image:
    """The picture without its transparency: on the ground that most pictures of catalogues have."""
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white


def _coefficients(picture: Image.Image, pixels: int) -> int:
    layers = getattr(picture, "layer", [])
    if not layers or not picture.info.get("progressive"):
        return 0
    across, down = max(layer[1] for layer in layers), max(layer[2] for layer in layers)
    return int(2 * pixels * sum(layer[1] * layer[2] for layer in layers) / (across * down))


def _parts(data: bytes) -> Parts:
    parts = Parts(data)
    try:
        if data.startswith(JPEG_START):
            parts = jpeg_parts(data)
        elif data.startswith(PNG_START):
            parts = png_parts(data)
    except ValueError:
        pass  # oddly built: the decoder has the last word
    # Counting reads the whole file, so it is left out for photos straight from a camera.
    if data.startswith(JPEG_START) and not parts.has_one_scan and data.count(b"\xff\xda") > MOST_SCANS:
        raise CannotDecode("damaged")
    return parts


def _declared_size(data: bytes) -> int:
    """Pixels of a WebP or AVIF file, whose decoders take memory as soon as they are asked for the size; else 0."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        if data[12:16] == b"VP8X":
            width, height = (1 + int.from_bytes(data[start : start + 3], "little") for start in (24, 27))
        elif data[12:16] == b"VP8L":
            packed = int.from_bytes(data[21:25], "little")
            width, height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        else:
            width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", data, 26))
        return width * height
    if data[4:8] == b"ftyp":
        sizes = (struct.unpack_from(">II", data, found.end() + 4) for found in re.finditer(rb"ispe", data[:65_536])
                 if found.end() + 12 <= len(data))  # fmt: skip
        return max((width * height for width, height in sizes), default=0)
    return 0


def _kind(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        length = min(max(16, int.from_bytes(data[:4], "big")), 256)
        brands = {data[start : start + 4] for start in (8, *range(16, length, 4))}
        if not brands & AVIF_BRANDS and brands & HEIC_BRANDS:
            return "heic"
        if brands & AVIF_BRANDS:
            return "damaged"
        return "video" if brands & VIDEO_BRANDS else "other"
    return "other" if OTHER_FORMATS.match(data[:1024]) else "damaged"


def _load(encoded: Encoded, least: Size | None) -> Image.Image:
    if encoded.format == "AVIF":
        return decode_avif(encoded.parts.file, encoded.memory())
    picture = Image.open(BytesIO(encoded.parts.file), formats=FORMATS)
    if encoded.format == "JPEG":
        scale = encoded.scale(least)
        picture.draft("RGB", (max(1, picture.width // scale), max(1, picture.height // scale)))
    try:
        picture.load()
    except Exception:
        if encoded.format != "PNG":
            raise
        picture = Image.open(BytesIO(mend_png(encoded.parts.file)), formats=["PNG"])
        picture.load()
    if encoded.format == "JPEG" and encoded.parts.is_cut and _share(picture) < MOST:
        raise CannotDecode("damaged")
    return picture


def _share(picture: Image.Image) -> float:
    """How much of a JPEG that was cut short is there: what is missing at its foot, the decoder made grey."""
    rows = np.asarray(picture).reshape(picture.height, -1)
    is_grey = (rows.min(axis=1) >= GREY[0]) & (rows.max(axis=1) <= GREY[1])
    return 1 - float(np.argmin(is_grey[::-1])) / picture.height if not is_grey.all() else 0.0


def _reduced(picture: Image.Image, encoded: Encoded, least: Size | None) -> Image.Image:
    """The picture at twice the size that is wanted, where it is larger: what follows costs as much less."""
    if least is None or picture.mode not in ("RGB", "RGBA", "L", "LA", "CMYK") or "transparency" in picture.info:
        return picture
    width, height = least[::-1] if encoded.is_turned else least
    factor = min(picture.width // max(1, 2 * width), picture.height // max(1, 2 * height))
    if factor < 2:
        return picture
    return picture.reduce(factor)


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """The picture as 8-bit sRGB: RGBA where it has transparency, else RGB."""
    picture = _in_eight_bits(picture)
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if picture.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert(mode)
    converted = _by_profile(picture, profile, mode) or picture.convert(mode)
    converted.info = {}  # what the file said of the pixels holds no longer
    return converted


def _by_profile(picture: Image.Image, profile: bytes, mode: str) -> Image.Image | None:
    """None for no profile, a broken one, or one for other colours: they are shown as they are."""
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(picture, source, SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    if not picture.mode.startswith(("I", "F")):
        return picture
    wide = picture.convert("F")
    highest = float(wide.getextrema()[1])  # type: ignore[arg-type]
    top = next((top for top in (1.0, 255.0, 65_535.0) if highest <= top), highest)
    if picture.mode.startswith("I"):
        top = max(top, 65_535.0)
    return wide.point(lambda value: value * (255.0 / top)).convert("L")
