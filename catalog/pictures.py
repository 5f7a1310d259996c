"""Pictures that come from outside, as bytes: checking them, taking their metadata out, bringing their colours to sRGB.

Always: read the header and refuse by it before a pixel is decoded, and keep decoding to the formats named here.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from catalog.metadata import strip_jpeg, strip_png

# Pillow opens a file of several JPEGs, as phones write them, as "MPO"; its first picture counts.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF")
ORIENTATION = 0x0112
TURNED = {5, 6, 7, 8}
TIFF_TILE = (322, 323)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
UNSUPPORTED = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}

# The header is checked against our own, lower limit; Pillow's warning about it would only repeat that.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class PictureRefused(Exception):
    """A picture that cannot be used: `code` for programs, `detail` a sentence that says what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class CheckedPicture:
    """What is known of a picture that can be used. Width and height are those of the upright picture."""

    format: str
    width: int
    height: int
    sha256: str


def check_picture(data: bytes | None) -> CheckedPicture:
    """What the picture is. Raises PictureRefused.

    The header is read first and refused by; then every byte is decoded, so that a truncated file is found. The
    memory needed is bounded by PICTURE_MAX_BYTES and PICTURE_MAX_PIXELS.
    """
    if data is None:
        raise PictureRefused("image_missing", _("There is no picture. Choose one and try again."))
    picture = _open(data)
    try:
        checked = _described(picture, data)
        picture.draft("RGB", (picture.width // 8, picture.height // 8))  # a JPEG is still read to its last byte
        picture.load()
    except Exception as error:  # decoders of hostile bytes raise nearly anything
        raise _unreadable() from error
    return checked


def cleaned_picture(data: bytes) -> tuple[CheckedPicture, bytes]:
    """The checked picture as it may be stored, by `strip_metadata`. Raises PictureRefused."""
    check_picture(data)
    clean = strip_metadata(data)
    return _described(_open(clean), clean), clean


def strip_metadata(data: bytes) -> bytes:
    """The picture as a JPEG or PNG file that stands upright and tells nothing but its pixels. Raises PictureRefused.

    An upright JPEG or PNG keeps its pixels bit by bit, and a file that came out of here comes out unchanged.
    """
    picture = _open(data)
    try:
        if picture.getexif().get(ORIENTATION, 1) == 1:
            if picture.format in ("JPEG", "MPO") and picture.mode in ("RGB", "L"):
                return strip_jpeg(data)
            if picture.format == "PNG":
                return strip_png(data)
    except ValueError:
        pass  # decodes, but is oddly built: write it anew
    except Exception as error:
        raise _unreadable() from error
    try:
        return _reencoded(picture)
    except Exception as error:
        raise _unreadable() from error


def decode(data: bytes, width: int) -> Image.Image:
    """The picture's pixels as they are to be shown: upright, in sRGB, on white. Raises PictureRefused.

    A JPEG is decoded at a fraction of its size, as long as it stays at least `width` wide.
    """
    picture = _open(data)
    try:
        full = picture.height if _is_turned(picture) else picture.width
        picture.draft("RGB", (max(1, picture.width * width // full), max(1, picture.height * width // full)))
        return _on_white(_in_srgb(ImageOps.exif_transpose(picture)))
    except Exception as error:
        raise _unreadable() from error


def _described(picture: Image.Image, data: bytes) -> CheckedPicture:
    width, height = picture.size
    return CheckedPicture(
        format=str(picture.format),
        width=height if _is_turned(picture) else width,
        height=width if _is_turned(picture) else height,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _is_turned(picture: Image.Image) -> bool:
    """Whether width and height change places when the picture is put upright; Pillow puts a TIFF upright itself."""
    return picture.format != "TIFF" and picture.getexif().get(ORIENTATION, 1) in TURNED


def _open(data: bytes) -> Image.Image:
    """The picture with only its header read, within the limits."""
    if not data:
        raise PictureRefused("image_empty", _("The file is empty. Choose another picture."))
    if len(data) > settings.PICTURE_MAX_BYTES:
        limit = settings.PICTURE_MAX_BYTES // 2**20
        raise PictureRefused(
            "image_too_large", _("The file is larger than %(limit)d MB. Choose a smaller picture.") % {"limit": limit}
        )
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise _unidentified(data) from error
    except Exception as error:
        raise _unreadable() from error
    _check_size(picture)
    return picture


def _check_size(picture: Image.Image) -> None:
    width, height = picture.size
    tile = [int(getattr(picture, "tag_v2", {}).get(tag, 1)) for tag in TIFF_TILE]
    if max(width * height, tile[0] * tile[1]) > settings.PICTURE_MAX_PIXELS:
        raise _too_many_pixels()
    if min(width, height) < settings.PICTURE_MIN_SIDE:
        raise PictureRefused(
            "image_too_small",
            _("The picture is %(width)d by %(height)d pixels. Choose one with at least %(least)d on each side.")
            % {"width": width, "height": height, "least": settings.PICTURE_MIN_SIDE},
        )


def _too_many_pixels() -> PictureRefused:
    return PictureRefused(
        "image_too_many_pixels",
        _("The picture has more than %(limit)d million pixels. Make it smaller and try again.")
        % {"limit": settings.PICTURE_MAX_PIXELS // 1_000_000},
    )


def _unreadable() -> PictureRefused:
    return PictureRefused(
        "image_unreadable", _("The file is damaged or not a picture. Choose another, or save it again as JPEG.")
    )


def _unidentified(data: bytes) -> PictureRefused:
    if data[4:8] == b"ftyp" and data[8:12] in UNSUPPORTED:
        return PictureRefused(
            "image_format_unsupported",
            _("HEIC pictures cannot be read here. Save or send the photo as JPEG and try again."),
        )
    start = data[:1024].lstrip().lower()
    if start.startswith((b"%pdf", b"<svg", b"<?xml", b"8bps", b"\0\0\1\0", b"\xff\x0a", b"\0\0\0\x0cjxl")):
        return PictureRefused(
            "image_format_unsupported", _("This kind of file cannot be read. Save the picture as JPEG or PNG.")
        )
    return _unreadable()


def _reencoded(picture: Image.Image) -> bytes:
    upright = _in_srgb(ImageOps.exif_transpose(picture))
    upright.info = {}  # or else comments would be written again
    file = BytesIO()
    if upright.mode == "RGBA":
        upright.save(file, "PNG")
    else:
        upright.save(file, "JPEG", quality=95)
    return file.getvalue()


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The picture as 8-bit sRGB: RGBA where it has transparency, else RGB."""
    profile = picture.info.get("icc_profile")
    picture = _in_eight_bits(picture)
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if picture.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert(mode)
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, SRGB, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # a broken profile, or one for other colours: show the colours as they are
        if converted is not None:
            converted.info.pop("icc_profile", None)
            return converted
    converted = picture.convert(mode)
    converted.info.pop("icc_profile", None)
    return converted


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    if not picture.mode.startswith(("I", "F")):
        return picture
    wide = picture.convert("F")
    highest = float(wide.getextrema()[1])  # type: ignore[arg-type]
    top = next((top for top in (1.0, 255.0, 65_535.0) if highest <= top), highest)
    if picture.mode.startswith("I"):
        top = max(top, 65_535.0)
    return wide.point(lambda value: value * (255.0 / top)).convert("L")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white
