"""Taking metadata out of JPEG and PNG files without touching a pixel.

A file consists of segments that name their kind. What pixels and colours need stays; everything else goes: where and
when a photo was taken, with which camera, comments, embedded thumbnails, and whatever is hidden behind the end.
Both functions raise ValueError for a file that is not built as its format demands.
"""

import struct
from collections.abc import Iterator

JPEG_START = b"\xff\xd8"
JPEG_END = 0xD9
JPEG_SCAN = 0xDA
PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP"}


def strip_jpeg(data: bytes) -> bytes:
    """The same picture with its colour profile, and nothing else that is not pixels."""
    kept = [JPEG_START]
    for marker, segment in _jpeg_segments(data):
        if _jpeg_keeps(marker, segment):
            kept.append(segment)
    return b"".join(kept)


def strip_png(data: bytes) -> bytes:
    """The same picture with its colour profile and transparency, and nothing else. An animation becomes its still."""
    if not data.startswith(PNG_START):
        raise ValueError("not a PNG file")
    kept = [PNG_START]
    position = len(PNG_START)
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if kind in PNG_KEPT:
            kept.append(data[position:end])
        if kind == b"IEND":
            return b"".join(kept)
        position = end
    raise ValueError("the file has no end")


def _jpeg_keeps(marker: int, segment: bytes) -> bool:
    if marker == 0xE2:  # APP2 holds the colour profile, or the index of a file with several pictures
        return segment[4:].startswith(b"ICC_PROFILE\0")
    is_application_data = 0xE0 <= marker <= 0xEF
    # APP0 says JFIF; APP14 says which way the colours are stored.
    return marker in {0xE0, 0xEE} or not (is_application_data or marker == 0xFE)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each segment with its marker, up to the end of the first picture. A scan comes with its compressed pixels."""
    if not data.startswith(JPEG_START):
        raise ValueError("not a JPEG file")
    position = len(JPEG_START)
    while position + 4 <= len(data) or data[position : position + 2] == b"\xff\xd9":
        if data[position] != 0xFF:
            raise ValueError("a segment is missing")
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if marker == JPEG_END:
            yield marker, data[position : position + 2]
            return
        end = position + 2 + struct.unpack_from(">H", data, position + 2)[0]
        if marker == JPEG_SCAN:
            end = _end_of_scan(data, end)
        yield marker, data[position:end]
        position = end
    raise ValueError("the file has no end")


def _end_of_scan(data: bytes, position: int) -> int:
    """Where the compressed pixels stop: at a marker that is neither a stuffed byte nor a restart."""
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            raise ValueError("the file has no end")
        following = data[position + 1]
        if following != 0xFF and following != 0x00 and not 0xD0 <= following <= 0xD7:
            return position
        position += 1 if following == 0xFF else 2
