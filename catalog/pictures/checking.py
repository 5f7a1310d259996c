"""Pictures that come from outside, as bytes: which are taken, and what is stored of them.

What can be read is for `catalog.pictures.decoding` to say; here are the shop's limits, and the sentences for people.
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

LONGEST_PROFILE = 2**20  # bytes, of what is stored: some programs read no longer ones


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
    """Return what the picture is, after decoding it as small as that goes. Raises PictureRefused."""
    encoded = open_picture(data)
    _decode(encoded, (1, 1))
    return _described(encoded, data or b"")


def open_picture(data: bytes | None) -> Encoded:
    """Return what the picture's header says, within the limits; no pixel is decoded. Raises PictureRefused."""
    if data is None:
        raise PictureRefused("image_missing", _("There is no picture. Choose one and try again."))
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
    """Return the checked picture as it may be stored, by `strip_metadata`. Raises PictureRefused."""
    clean = strip_metadata(data)
    return _described(open_picture(clean), clean), clean


def strip_metadata(data: bytes) -> bytes:
    """Return the picture as a JPEG or PNG file that stands upright and tells nothing but its pixels.

    An upright JPEG or PNG keeps its pixels bit by bit, and a file that came out of here comes out unchanged. The
    picture is decoded once. Raises PictureRefused.
    """
    encoded = open_picture(data)
    if clean := _stripped(encoded, data):
        _decode(encoded, (1, 1))
        return clean
    return _encoded(_decode(encoded, None))


def decode(encoded: Encoded, least: Size) -> Image.Image:
    """Return the picture as it is shown: upright, in sRGB, on white, at least as large as `least` (width, height)
    where it has as many pixels. Raises PictureRefused.
    """
    return decoding.on_white(_decode(encoded, least))


def _decode(encoded: Encoded, least: Size | None) -> Image.Image:
    needed = min(encoded.memory(least), _memory())
    with _refusals(), memory_budget.take(needed, _memory(), settings.PICTURE_WAIT):
        return decoding.decode(encoded, least)


def retry_after() -> int:
    """After how many seconds to try again where too many pictures are being looked at."""
    return max(1, int(settings.PICTURE_WAIT))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what is wrong with a picture into a sentence."""
    try:
        yield
    except memory_budget.Busy as error:
        sentence = _("Too many pictures are being looked at. Try again in %(seconds)d seconds.")
        raise PictureRefused("too_busy", sentence % {"seconds": retry_after()}) from error
    except CannotDecode as error:
        raise _refusal(error.reason) from error


def _refusal(reason: str) -> PictureRefused:
    if reason == "too_large":
        return _too_many_pixels()
    sentences = {
        "heic": _("HEIC pictures cannot be read here. Save or send the photo as JPEG and try again."),
        "video": _("This is a video. Choose a picture, or take a screenshot of the video."),
        "other": _("This kind of file cannot be read. Save the picture as JPEG or PNG."),
    }
    if reason in sentences:
        return PictureRefused("image_format_unsupported", sentences[reason])
    return PictureRefused(
        "image_unreadable", _("The file is damaged or not a picture. Choose another, or save it again as JPEG.")
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
    """The file without its metadata; empty where it must be written anew."""
    if encoded.orientation != 1 or len(encoded.parts.profile) > LONGEST_PROFILE:
        return b""
    try:
        if encoded.format == "JPEG" and encoded.mode in ("RGB", "L"):
            return strip_jpeg(data)
        if encoded.format == "PNG" and not encoded.parts.is_cut:
            return strip_png(data)
    except ValueError:
        pass  # decodes, but is oddly built
    return b""


def _encoded(picture: Image.Image) -> bytes:
    file = BytesIO()
    if picture.mode == "RGBA":
        picture.save(file, "PNG")
    else:
        picture.save(file, "JPEG", quality=95)
    return file.getvalue()
