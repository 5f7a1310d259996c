"""Split JPEG and PNG files into pixels and metadata, and strip the metadata.

Segments needed for pixels and colours are kept. Everything else is removed: place, time and camera of a photo,
comments, embedded thumbnails, and data after the end of the picture.

As in browsers, segments without pixels may be malformed. All functions raise ValueError if the pixels themselves are
not stored as the format requires.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

JPEG_START, JPEG_FINISH = b"\xff\xd8", b"\xff\xd9"
JPEG_END, JPEG_SCAN = 0xD9, 0xDA
JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
JPEG_SEQUENTIAL = (0xC0, 0xC1)
NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in a scan, skips stuffed bytes and restart markers
PROFILE = b"ICC_PROFILE\0"
EXIF = b"Exif\0\0"
ORIENTATION = 0x0112

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_LAST = b"\0\0\0\0IEND\xaeB`\x82"
PNG_CRITICAL = {b"IHDR", b"PLTE", b"IDAT"}
PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PNG_COLOURS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4}  # required lengths
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
PNG_ROW_ABOVE = 2  # the filter type with which a row of zeros repeats the row above
MAX_PROFILE = 4 * 2**20  # bytes
MIN_PRESENT = 0.75  # part of a truncated picture that must be present


@dataclass(frozen=True)
class Parts:
    """A file without its metadata, and the colour profile and orientation from it."""

    file: bytes
    profile: bytes = b""
    orientation: int = 1
    is_cut: bool = False
    has_one_scan: bool = False


def jpeg_parts(data: bytes) -> Parts:
    """Return the first picture of the file. A truncated one gets an end marker, so that it can be decoded."""
    segments, profile, orientation, frame = list[bytes | memoryview]([JPEG_START]), dict[int, bytes](), 1, b""
    for marker, start, end in _jpeg_head(data):
        segment = data[start:end]
        body = segment[4:]
        if marker == 0xE1 and body.startswith(EXIF):
            orientation = read_orientation(body)
        elif _is_profile(marker, segment) and len(body) > 14:
            profile[body[12]] = body[14:]
        elif marker in JPEG_FRAMES:
            frame = segment
        if marker == JPEG_SCAN:
            is_cut = data.rfind(JPEG_FINISH, end) < 0  # searches from the end, where it usually is
            segments.append(memoryview(data)[start : _last_whole(data, start) if is_cut else len(data)])
            icc = b"".join(profile[number] for number in sorted(profile))
            return Parts(b"".join([*segments, JPEG_FINISH]), icc, orientation, is_cut, _has_one_scan(frame, segment))
        if _jpeg_needs(marker, segment):
            segments.append(segment)
    raise ValueError("the file has no pixels")


def strip_jpeg(data: bytes) -> bytes:
    """Return the file with pixels and colour profile only."""
    segments, position, has_pixels = [JPEG_START], len(JPEG_START), False
    while position < len(data) - 1:
        for marker, start, end in _jpeg_head(data, position):
            position = len(data) if marker == JPEG_END else end
            if marker == JPEG_SCAN:
                found = NEXT_MARKER.search(data, end)
                position, has_pixels = found.start() if found else len(data), True
                segments.append(data[start:position])
            elif marker != JPEG_END and (_jpeg_needs(marker, data[start:end]) or _is_profile(marker, data[start:end])):
                segments.append(data[start:end])
    if not has_pixels:
        raise ValueError("the file has no pixels")
    return b"".join([*segments, JPEG_FINISH])


def png_parts(data: bytes) -> Parts:
    """Return the still picture of the file, without colour chunks. Missing pixels are not filled in."""
    chunks, profile, orientation, is_cut = [PNG_START], b"", 1, True
    for kind, body, is_sound, whole in _png_chunks(data):
        if kind == b"IEND":
            is_cut = False
        elif kind in PNG_CRITICAL or (kind == b"tRNS" and is_sound):
            chunks.append(whole)
        elif kind == b"iCCP" and is_sound:
            profile = _png_profile(body)
        elif kind == b"eXIf" and is_sound:
            orientation = read_orientation(body)
    return Parts(b"".join([*chunks, PNG_LAST]), profile, orientation, is_cut)


def strip_png(data: bytes) -> bytes:
    """Return the file with pixels, colours and transparency only. An animation becomes a still picture."""
    chunks = [PNG_START]
    for kind, body, is_sound, whole in _png_chunks(data):
        if kind == b"IEND":
            break
        if kind in PNG_CRITICAL or (is_sound and _png_needs(kind, body)):
            chunks.append(whole)
    return b"".join([*chunks, PNG_LAST])


def mend_png(data: bytes) -> bytes:
    """Fill the missing rows of the picture with its last one, if at least MIN_PRESENT of it is present."""
    header, pixels, others = b"", [], [PNG_START]
    for kind, body, _is_sound, whole in _png_chunks(data):
        if kind == b"IHDR":
            header = body
        if kind == b"IDAT":
            pixels.append(body)
        elif kind in PNG_CRITICAL or kind == b"tRNS":
            others.append(whole)
    passes = _png_passes(header)
    size = sum((length + 1) * rows for length, rows in passes)
    rows = _inflated(b"".join(pixels), size)
    if len(rows) < MIN_PRESENT * size:
        raise ValueError("most of the picture is missing")
    position = 0
    for length, number in passes:
        for _row in range(number):
            if position + length + 1 > len(rows):
                del rows[position:]
                rows += bytes([PNG_ROW_ABOVE]) + bytes(length)
            position += length + 1
    return b"".join([*others, _png_chunk(b"IDAT", zlib.compress(rows, 1)), PNG_LAST])


def read_orientation(exif: bytes) -> int:
    """Return the EXIF orientation, from 1 to 8; 1 (upright) if it cannot be read."""
    tiff = exif.removeprefix(EXIF)
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for number in range(count):
            tag, kind, _number, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number)
            if (tag, kind) == (ORIENTATION, 3):
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass  # not TIFF, or truncated
    return 1


def _jpeg_head(data: bytes, position: int = 2) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment up to the next scan or the end. Junk in between is skipped."""
    if not data.startswith(JPEG_START):
        raise ValueError("not a JPEG file")
    while found := NEXT_MARKER.search(data, position):
        position, marker = found.start(), data[found.start() + 1]
        if marker == JPEG_END or position + 4 > len(data):
            yield JPEG_END, position, position + 2
            return
        end = position + 2 + struct.unpack_from(">H", data, position + 2)[0]
        if end > len(data) or end < position + 4:
            raise ValueError("a segment is cut short")
        yield marker, position, end
        if marker == JPEG_SCAN:
            return
        position = end
    yield JPEG_END, len(data), len(data)


def _has_one_scan(frame: bytes, scan: bytes) -> bool:
    """Return True if the first scan holds all colours of a sequential JPEG. Decoders refuse any scan after it."""
    return len(frame) > 9 and frame[1] in JPEG_SEQUENTIAL and frame[9] == scan[4]


def _last_whole(data: bytes, position: int) -> int:
    """Return the end of the last complete segment. Scans may be truncated."""
    while found := NEXT_MARKER.search(data, position):
        position = found.start() + 2
        if position + 2 > len(data):
            return found.start()
        position += struct.unpack_from(">H", data, position)[0]
        if position > len(data):
            return found.start()
    return len(data)


def _jpeg_needs(marker: int, segment: bytes) -> bool:
    if marker == 0xE0:
        return segment[4:9] == b"JFIF\0" and len(segment) >= 16
    if marker == 0xEE:  # the colour space
        return segment[4:9] == b"Adobe" and len(segment) >= 16
    return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _is_profile(marker: int, segment: bytes) -> bool:
    return marker == 0xE2 and segment[4:].startswith(PROFILE)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool, bytes]]:
    """Yield each chunk: type, body, whether its checksum is right, and its bytes. Pixels may be truncated."""
    if not data.startswith(PNG_START):
        raise ValueError("not a PNG file")
    position = len(PNG_START)
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        body = data[position + 8 : position + 8 + length]
        if end > len(data):
            if kind == b"IDAT":
                yield kind, body, True, _png_chunk(kind, body)
            return
        is_sound = data[end - 4 : end] == struct.pack(">I", zlib.crc32(kind + body))
        yield kind, body, is_sound, data[position:end]
        if kind == b"IEND":
            return
        position = end


def _png_needs(kind: bytes, body: bytes) -> bool:
    if kind == b"iCCP":
        return bool(_png_profile(body))
    return kind in (b"tRNS", b"sBIT") or PNG_COLOURS.get(kind) == len(body)


def _png_profile(body: bytes) -> bytes:
    _name, _zero, packed = body.partition(b"\0")
    try:
        unpack = zlib.decompressobj()
        profile = unpack.decompress(packed[1:], MAX_PROFILE)
    except zlib.error:
        return b""
    return profile if unpack.eof else b""


def _png_passes(header: bytes) -> list[tuple[int, int]]:
    """Return the row length in bytes and the number of rows of each interlacing pass."""
    try:
        width, height, depth, colour, _packing, _filter, is_interlaced = struct.unpack(">IIBBBBB", header)
        bits = depth * PNG_CHANNELS[colour]
    except (struct.error, KeyError) as error:
        raise ValueError("the header is damaged") from error
    if not is_interlaced:
        return [((width * bits + 7) // 8, height)]
    sizes = [(-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in ADAM7]
    return [((columns * bits + 7) // 8, rows) for columns, rows in sizes if columns > 0 and rows > 0]


def _inflated(packed: bytes, size: int) -> bytearray:
    unpack, found = zlib.decompressobj(), bytearray()
    try:
        for start in range(0, len(packed), 1024):  # in pieces, to keep everything before the damage
            found += unpack.decompress(packed[start : start + 1024], max(1, size - len(found)))
            if len(found) >= size:
                break
    except zlib.error:
        pass
    return found[:size]


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
