"""Check uploaded pictures against the shop's limits and prepare them for storage.

`catalog.pictures.decoding` reads the files; this module adds the settings and the error messages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image

from catalog.pictures import decoding, memory_budget
from catalog.pictures.decoding import CannotDecode, Encoded, Size
from catalog.pictures.metadata import strip_jpeg, strip_png

MAX_STORED_PROFILE = 2**20  # bytes; some programs cannot read longer colour profiles


class PictureRefused(Exception):
    """A picture that cannot be used, with an error code and a message for users."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class CheckedPicture:
    """A picture that can be used. Width and height refer to the upright picture."""

    format: str
    width: int
    height: int
    sha256: str


def check_picture(data: bytes | None) -> CheckedPicture:
    """Check the picture by decoding it at the smallest size. Raises PictureRefused."""
    encoded = open_picture(data)
    _decode(encoded, (1, 1))
    return _described(encoded, data or b"")


def open_picture(data: bytes | None) -> Encoded:
    """Read the picture's header and check the limits, without decoding pixels. Raises PictureRefused."""
    if data is None:
        raise PictureRefused("image_missing", _("Choose a picture."))
    if not data:
        raise PictureRefused("image_empty", _("The file is empty. Choose another picture."))
    if len(data) > settings.PICTURE_MAX_BYTES:
        limit = settings.PICTURE_MAX_BYTES // 2**20
        raise PictureRefused(
            "image_too_large", _("The file is larger than %(limit)d MB. Choose a smaller picture.") % {"limit": limit}
        )
    with _refusals():
        encoded = decoding.read_header(data, settings.PICTURE_MAX_PIXELS)
    if encoded.memory((1, 1)) > _memory():
        raise _too_many_pixels(encoded)
    width, height = encoded.width, encoded.height
    if min(width, height) < settings.PICTURE_MIN_SIDE:
        raise PictureRefused(
            "image_too_small",
            _("The picture is %(width)d by %(height)d pixels. Choose one with at least %(least)d on each side.")
            % {"width": width, "height": height, "least": settings.PICTURE_MIN_SIDE},
        )
    return encoded


def cleaned_picture(data: bytes) -> tuple[CheckedPicture, bytes]:
    """Return the checked picture and its bytes without metadata. Raises PictureRefused."""
    clean = strip_metadata(data)
    return _described(open_picture(clean), clean), clean


def strip_metadata(data: bytes) -> bytes:
    """Return the picture as an upright JPEG or PNG file without metadata. Raises PictureRefused.

    The pixels of upright JPEG and PNG files are not changed, and running this twice gives the same bytes. Decodes the
    picture once, to make sure that it can be decoded.
    """
    encoded = open_picture(data)
    if clean := _stripped(encoded, data):
        _decode(encoded, (1, 1))
        return clean
    return _encoded(_decode(encoded, None))


def decode(encoded: Encoded, least: Size) -> Image.Image:
    """Return the picture upright, in sRGB and on white. Raises PictureRefused.

    Large pictures may be scaled down, but not below `least` (width, height).
    """
    return decoding.on_white(_decode(encoded, least))


def _decode(encoded: Encoded, least: Size | None) -> Image.Image:
    needed = min(encoded.memory(least), _memory())
    with _refusals(), memory_budget.reserve(needed, _memory(), settings.PICTURE_WAIT):
        return decoding.decode(encoded, least)


def retry_after() -> int:
    """Return the number of seconds after which to retry if too many pictures are being processed."""
    return max(1, int(settings.PICTURE_WAIT))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn decoding errors into PictureRefused."""
    try:
        yield
    except memory_budget.Busy as error:
        sentence = _("Too many pictures are being processed. Try again in %(seconds)d seconds.")
        raise PictureRefused("too_busy", sentence % {"seconds": retry_after()}) from error
    except CannotDecode as error:
        raise _refusal(error.reason) from error


def _refusal(reason: str) -> PictureRefused:
    if reason == "too_large":
        return _too_many_pixels()
    sentences = {
        "heic": _("HEIC pictures are not supported. Save or send the photo as JPEG and try again."),
        "video": _("This is a video. Choose a picture, or take a screenshot of the video."),
        "other": _("This file type is not supported. Save the picture as JPEG or PNG."),
    }
    if reason in sentences:
        return PictureRefused("image_format_unsupported", sentences[reason])
    return PictureRefused(
        "image_unreadable", _("The file is damaged or not a picture. Choose another, or save it as JPEG.")
    )


def _too_many_pixels(encoded: Encoded | None = None) -> PictureRefused:
    limit, advice = settings.PICTURE_MAX_PIXELS, _("Make it smaller and try again.")
    if encoded is not None:
        limit = min(limit, _memory() * encoded.pixels // encoded.memory((1, 1)))
        if encoded.format != "JPEG":
            advice = _("Make it smaller, or save it as JPEG.")
    sentence = _("The picture has more than %(limit)d million pixels.") % {"limit": limit // 1_000_000}
    return PictureRefused("image_too_many_pixels", f"{sentence} {advice}")


def _memory() -> int:
    return int(settings.PICTURE_MEMORY) * 2**20


def _described(encoded: Encoded, data: bytes) -> CheckedPicture:
    return CheckedPicture(encoded.format, encoded.width, encoded.height, hashlib.sha256(data).hexdigest())


def _stripped(encoded: Encoded, data: bytes) -> bytes:
    """Return the file without its metadata, or no bytes if it must be re-encoded."""
    if encoded.orientation != 1 or len(encoded.parts.profile) > MAX_STORED_PROFILE:
        return b""
    try:
        if encoded.format == "JPEG" and encoded.mode in ("RGB", "L"):
            return strip_jpeg(data)
        if encoded.format == "PNG" and not encoded.parts.is_cut:
            return strip_png(data)
    except ValueError:
        pass  # malformed, but can be decoded
    return b""


def _encoded(picture: Image.Image) -> bytes:
    file = BytesIO()
    if picture.mode == "RGBA":
        picture.save(file, "PNG")
    else:
        picture.save(file, "JPEG", quality=95)
    return file.getvalue()
