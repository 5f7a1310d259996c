"""The only picture decoder: bytes to upright pixels in sRGB. Independent of Django, the database and settings.

It reads every file that browsers show. Metadata (EXIF, colour profiles, text) may be damaged, and the file may be
truncated, as long as most of the picture is there.

Always check the header before decoding pixels, and never decode formats that are not listed here.
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
    MIN_PRESENT,
    PNG_START,
    Parts,
    jpeg_parts,
    mend_png,
    png_parts,
    read_orientation,
)
from catalog.pictures.subprocess_decoder import decode_avif

# Phones write files that hold several JPEGs (MPO); the first one is read.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF")
MAX_DECODED_PIXELS = 16_000_000  # larger JPEGs are decoded at a half, a quarter or an eighth of their size
# Peak memory of decoding, measured by tests/faults/bombs.py.
BYTES_PER_PIXEL = {"PNG": 12, "WEBP": 18, "GIF": 14, "AVIF": 18, "BMP": 12, "TIFF": 16}
BYTES_PER_JPEG_PIXEL = 12
SCALES = (1, 2, 4, 8)
ROTATED = {5, 6, 7, 8}
TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TIFF_TILE = (322, 323)
MAX_SCANS = 100  # per progressive JPEG; encoders write about ten, and each takes a pass over the picture
GREY = (125, 131)  # the decoder fills the missing part of a truncated JPEG with 128
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2"}
VIDEO_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"qt  ", b"M4V ", b"dash"}
OTHER_FORMATS = re.compile(
    rb"%pdf|%!ps|(?:\xef\xbb\xbf)?\s*(?:<\?xml|<svg|<!doctype svg|<!--.{0,900}<svg)|8bps|\x00\x00[\x01\x02]\x00|"
    rb"\xff\x0a|\x00\x00\x00\x0cjxl |\x00\x00\x00\x0cjp  |\xff\x4f\xff\x51|\x1f\x8b|gimp xcf|qoif|\x76\x2f\x31\x01",
    re.DOTALL | re.IGNORECASE,
)

Size = tuple[int, int]

# Our own limit is lower than Pillow's.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class CannotDecode(ValueError):
    """The picture cannot be decoded. The reason is "damaged", "too_large", "heic", "video" or "other"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Encoded:
    """A picture whose header has been read, but not its pixels. Width and height refer to the upright picture.

    `pixels` is the largest area that a decoder allocates, such as a tile larger than its picture. `coefficients` are
    the bytes that a progressive JPEG needs in addition, whatever the size at which it is decoded.
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
    def is_rotated(self) -> bool:
        """True if turning the picture upright swaps width and height."""
        return self.orientation in ROTATED

    def memory(self, least: Size | None = None) -> int:
        """Return the number of bytes needed to decode the picture at the scale that `decode` chooses."""
        if self.format != "JPEG":
            return self.pixels * BYTES_PER_PIXEL[self.format]
        return self.pixels // self.scale(least) ** 2 * BYTES_PER_JPEG_PIXEL + self.coefficients

    def scale(self, least: Size | None = None) -> int:
        """Return the factor by which decoding scales a JPEG down, never below `least`."""
        width, height = least or (self.width, self.height)
        room = max(1, min(self.width // max(1, width), self.height // max(1, height)))
        largest = max(scale for scale in SCALES if scale <= room)
        return max(
            largest, next((scale for scale in SCALES if self.pixels <= MAX_DECODED_PIXELS * scale**2), SCALES[-1])
        )


def read_header(data: bytes, most_pixels: int) -> Encoded:
    """Read the header without decoding pixels. Raises CannotDecode."""
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
    except Exception as error:  # decoders may raise anything for hostile bytes
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
    if orientation in ROTATED:
        width, height = height, width
    return Encoded(form, picture.mode, width, height, orientation, pixels, _coefficients(picture, pixels), parts)


def decode(encoded: Encoded, least: Size | None = None) -> Image.Image:
    """Decode the picture upright in 8-bit sRGB: RGBA if it has transparency, else RGB. Raises CannotDecode.

    Large pictures may be scaled down, but not below `least` (width, height); without `least`, only JPEGs with more
    than MAX_DECODED_PIXELS are.
    """
    try:
        picture = _load(encoded, least)
        profile = encoded.parts.profile or picture.info.get("icc_profile") or b""
        upright = TRANSPOSES.get(encoded.orientation)
        found = _in_srgb(_reduced(picture, encoded, least), profile)
        return found.transpose(upright) if upright is not None else found
    except CannotDecode:
        raise
    except Exception as error:
        raise CannotDecode("damaged") from error


def on_white(picture: Image.Image) -> Image.Image:
    """Replace transparency by white, the usual background of product pictures."""
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
        pass  # malformed; Pillow may still decode it
    # Counting reads the whole file; photos straight from a camera have one scan and skip it.
    if data.startswith(JPEG_START) and not parts.has_one_scan and data.count(b"\xff\xda") > MAX_SCANS:
        raise CannotDecode("damaged")
    return parts


def _declared_size(data: bytes) -> int:
    """Return the pixels of a WebP or AVIF file, or 0. Their decoders allocate memory just to report the size."""
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
    if encoded.format == "JPEG" and encoded.parts.is_cut and _present_part(picture) < MIN_PRESENT:
        raise CannotDecode("damaged")
    return picture


def _present_part(picture: Image.Image) -> float:
    """Return the fraction of a truncated JPEG that is present. The decoder fills the missing rows with grey."""
    rows = np.asarray(picture).reshape(picture.height, -1)
    is_grey = (rows.min(axis=1) >= GREY[0]) & (rows.max(axis=1) <= GREY[1])
    return 1 - float(np.argmin(is_grey[::-1])) / picture.height if not is_grey.all() else 0.0


def _reduced(picture: Image.Image, encoded: Encoded, least: Size | None) -> Image.Image:
    """Scale a large picture down to about twice the target size, which makes the next steps cheaper."""
    if least is None or picture.mode not in ("RGB", "RGBA", "L", "LA", "CMYK") or "transparency" in picture.info:
        return picture
    width, height = least[::-1] if encoded.is_rotated else least
    factor = min(picture.width // max(1, 2 * width), picture.height // max(1, 2 * height))
    if factor < 2:
        return picture
    return picture.reduce(factor)


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Convert to 8-bit sRGB: RGBA if the picture has transparency, else RGB."""
    picture = _in_eight_bits(picture)
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if picture.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert(mode)
    converted = _by_profile(picture, profile, mode) or (picture if picture.mode == mode else picture.convert(mode))
    converted.info = {}  # the file's metadata no longer applies
    return converted


def _by_profile(picture: Image.Image, profile: bytes, mode: str) -> Image.Image | None:
    """Convert by the colour profile. None if it is missing, broken or for another colour space."""
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
